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
  std::uint16_t listen_port = 8080;
  std::string path = "/mcp";
  SessionLimits sessions;
  RouterOptions router;
  std::vector<Backend> backends;  ///< In the file's order.
};

/// Where `${NAME}` in values is looked up; nullopt for a name that is not set.
using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// Reads a configuration from JSON text: `mcpServers`, as MCP clients have it, and our `router`. Throws ConfigError
/// with the JSON path of the first member that is unknown, twice there, of the wrong type or out of range, and with
/// what was expected.
[[nodiscard]] Config parse_config(std::string_view json, const Environment& environment);

/// Reads a file, with the process's environment. Throws ConfigError, with the file's name as path if it can't be read.
[[nodiscard]] Config load_config(const std::string& file);

/// Splits `host:port`, `[v6]:port` or `:port`. Returns nullopt for anything else.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;
};
[[nodiscard]] std::optional<HostPort> parse_listen(std::string_view text);

}  // namespace mcprouter
