#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/backend.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/session_store.hpp"

namespace mcprouter {

/// A configuration file, checked. See docs/configuration.md for its members.
struct Config {
  std::string listen_host = "127.0.0.1";
  std::uint16_t listen_port = 8080;  ///< 0: any free port.
  std::string path = "/mcp";
  SessionLimits sessions;
  RouterOptions router;
  std::vector<Backend> backends;  ///< In the file's order.
};

/// Where `${NAME}` in values is looked up; nullopt for a name that is not set. An empty function: nothing is set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// Reads a configuration from JSON text: `mcpServers`, as MCP clients have it, and our `router`. Throws ConfigError
/// with the JSON path of a member that is unknown, twice there, of the wrong type or out of range, and with what was
/// expected. No message has a member's value: it may be a credential.
[[nodiscard]] Config parse_config(std::string_view json, const Environment& environment);

/// Reads a file, with the process's environment. Throws ConfigError, with the file's name as path if it can't be read.
/// Requires: no other thread changes the environment.
[[nodiscard]] Config load_config(const std::string& file);

/// An address to listen on.
struct HostPort {
  std::string host;  ///< A name or an address; IPv6 without brackets.
  std::uint16_t port = 0;
};

/// Splits `host:port`, `[v6]:port` or `:port`, which is 0.0.0.0, every interface. Returns nullopt for anything else.
[[nodiscard]] std::optional<HostPort> parse_listen(std::string_view text);

}  // namespace mcprouter
