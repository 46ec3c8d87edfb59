#pragma once

#include <string>
#include <string_view>

#include "mcprouter/config.hpp"

/// Returns what parse_config says against a configuration, "" if nothing.
inline std::string config_error(std::string_view json, const mcprouter::Environment& environment = {}) {
  try {
    (void)mcprouter::parse_config(json, environment);
    return "";
  } catch (const mcprouter::ConfigError& error) {
    return error.what();
  }
}

/// Returns a configuration with one good server and these members of `router`.
inline std::string with_router(const std::string& members) {
  return R"({"mcpServers": {"a": {"url": "http://127.0.0.1:9001/mcp"}}, "router": {)" + members + "}}";
}

/// Returns a configuration with one server, `s`, of these members.
inline std::string with_server(const std::string& members) { return R"({"mcpServers": {"s": {)" + members + "}}}"; }
