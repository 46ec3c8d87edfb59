#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "mcprouter/http.hpp"
#include "support/rig.hpp"

namespace mcprouter::test {

/// What a modern client declares when a test does not care.
inline nlohmann::json everything() {
  return nlohmann::json::parse(R"({"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}})");
}

/// A request of `params` as a client of 2026-07-28 sends it: with what `_meta` must say and the headers that mirror it.
inline Request modern_request(const nlohmann::json& id, const std::string& method,
                              nlohmann::json params = nlohmann::json::object(),
                              const nlohmann::json& capabilities = nlohmann::json::object()) {
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2026-07-28";
  params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = capabilities;
  Request request =
      post_request({}, nlohmann::json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump());
  request.headers.add("MCP-Protocol-Version", "2026-07-28");
  request.headers.add("Mcp-Method", method);
  for (const char* const name : {"name", "uri", "taskId"}) {
    if (params.contains(name)) {
      request.headers.add("Mcp-Name", params[name].get<std::string>());
    }
  }
  return request;
}

/// The message in a JSON body, or the last one of a stream.
inline nlohmann::json answer_of(const Response& response) {
  const bool is_stream = response.headers.get("Content-Type") == "text/event-stream";
  return nlohmann::json::parse(is_stream ? events_of(response).back() : response.body, nullptr, false);
}

}  // namespace mcprouter::test
