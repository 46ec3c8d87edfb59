#include "mcprouter/config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "config/backends.hpp"
#include "config/config_json.hpp"
#include "config/object_reader.hpp"
#include "config/option_names.hpp"

namespace mcprouter {
namespace {

using detail::ObjectReader;

template <typename Names, typename Struct>
void read_named(const ObjectReader& parent, std::string_view name, const Names& options, Struct& target) {
  const std::optional<ObjectReader> members = parent.object(name);
  if (!members) return;
  std::vector<std::string_view> known;
  for (const auto& option : options) known.push_back(option.name);
  members->allow_only(known);
  for (const auto& option : options) members->read(option.name, target.*option.member);
}

bool is_endpoint_path(std::string_view path) {
  return path.substr(0, 1) == "/" && path.find("//") == std::string_view::npos &&
         path.find("/.") == std::string_view::npos && (path.size() == 1 || path.back() != '/') &&
         std::all_of(path.begin(), path.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '/' || c == '-' ||
                  c == '_' || c == '.';
         });
}

void read_listen(const ObjectReader& router, Config& config) {
  if (!router.has("listen")) return;
  std::string listen;
  router.read("listen", listen);
  std::optional<HostPort> address = parse_listen(listen);
  if (!address) {
    throw ConfigError(router.path_of("listen"),
                      "expected an address such as \"127.0.0.1:8080\", \"[::1]:8080\" or \":8080\"");
  }
  config.listen_host = std::move(address->host);
  config.listen_port = address->port;
}

void read_path(const ObjectReader& router, std::string& path) {
  router.read("path", path);
  if (!is_endpoint_path(path)) {
    throw ConfigError(router.path_of("path"),
                      "expected a path such as \"/mcp\", of letters, digits, \"/\", \"-\", \"_\" and \".\"");
  }
}

void read_sessions(const ObjectReader& router, SessionLimits& limits) {
  const std::optional<ObjectReader> sessions = router.object("sessions");
  if (!sessions) return;
  sessions->allow_only({"idleTimeout", "maxSessions", "maxSessionsPerClient"});
  sessions->read("idleTimeout", limits.idle_timeout);
  sessions->read("maxSessions", limits.max_sessions);
  sessions->read("maxSessionsPerClient", limits.max_sessions_per_client);
}

void read_naming(const ObjectReader& router, Naming& naming) {
  const std::optional<ObjectReader> members = router.object("naming");
  if (!members) return;
  members->allow_only({"prefix"});
  std::string prefix = "auto";
  members->read("prefix", prefix);
  if (prefix != "auto" && prefix != "always") {
    throw ConfigError(members->path_of("prefix"), "expected \"auto\" or \"always\"");
  }
  naming = prefix == "always" ? Naming::always : Naming::automatic;
}

void read_server_info(const ObjectReader& router, ServerInfo& info) {
  const std::optional<ObjectReader> members = router.object("serverInfo");
  if (!members) return;
  members->allow_only({"name", "version", "instructions"});
  members->read("name", info.name);
  members->read("version", info.version);
  members->read("instructions", info.instructions);
}

void read_router(const ObjectReader& router, Config& config, HeaderRules& shared) {
  router.allow_only(
      {"listen", "path", "sessions", "timeouts", "limits", "origins", "hosts", "headers", "naming", "serverInfo"});
  read_listen(router, config);
  read_path(router, config.path);
  read_sessions(router, config.sessions);
  read_named(router, "timeouts", detail::timeout_names, config.router.timeouts);
  read_named(router, "limits", detail::limit_names, config.router.limits);
  router.read("origins", config.router.allowed_origins);
  router.read("hosts", config.router.allowed_hosts);
  if (const auto headers = router.object("headers")) shared = detail::read_shared_headers(*headers);
  read_naming(router, config.router.naming);
  read_server_info(router, config.router.server_info);
  check(config.router, router.path());
}

std::optional<std::string> process_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

}  // namespace

Config parse_config(std::string_view json, const Environment& environment) {
  const detail::ConfigJson document = detail::parse_config_json(json);
  const ObjectReader root(document, "$", environment);
  root.allow_only({"mcpServers", "router"});
  Config config;
  HeaderRules shared;
  if (const auto router = root.object("router")) read_router(*router, config, shared);
  const auto servers = root.object("mcpServers");
  if (!servers) throw ConfigError(root.path_of("mcpServers"), "is missing; expected an object of servers by name");
  config.backends = detail::read_backends(*servers, shared);
  return config;
}

Config load_config(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw ConfigError(file, "cannot be opened; expected a readable file");
  std::string text(detail::max_config_size + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) throw ConfigError(file, "cannot be read; expected a regular file");
  text.resize(static_cast<std::size_t>(in.gcount()));
  return parse_config(text, process_environment);
}

}  // namespace mcprouter
