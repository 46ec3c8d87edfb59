#include "endpoint.hpp"

#include <algorithm>
#include <array>
#include <random>
#include <string_view>

namespace demo {
namespace {

constexpr std::array<std::string_view, 3> versions = {"2025-11-25", "2025-06-18", "2025-03-26"};
constexpr std::size_t max_sessions = 1'000;

constexpr int parse_error = -32700;
constexpr int invalid_request = -32600;
constexpr int method_not_found = -32601;
constexpr int invalid_params = -32602;

bool speaks(std::string_view version) { return std::find(versions.begin(), versions.end(), version) != versions.end(); }

/// A session id must not be guessable: 128 bits of what the system has best.
std::string new_session_id() {
  static constexpr char hex[] = "0123456789abcdef";
  std::random_device random;
  std::string id;
  for (int word = 0; word < 4; ++word) {
    for (unsigned bits = random(), digit = 0; digit < 8; ++digit, bits >>= 4) id += hex[bits & 15u];
  }
  return id;
}

Json result_of(const Json& id, Json result) { return {{"jsonrpc", "2.0"}, {"id", id}, {"result", std::move(result)}}; }

Json error_of(const Json& id, int code, const std::string& text) {
  return {{"jsonrpc", "2.0"}, {"id", id}, {"error", {{"code", code}, {"message", text}}}};
}

void answer(httplib::Response& response, int status, const Json& message) {
  response.status = status;
  response.set_content(message.dump(), "application/json");
}

void refuse(httplib::Response& response, int status, int code, const std::string& text) {
  answer(response, status, error_of(nullptr, code, text));
}

std::string event(const Json& message) { return "event: message\ndata: " + message.dump() + "\n\n"; }

/// Runs a tool. A failure is a result too: the model reads it and may try again.
Json run(const Tool& tool, const Call& call) {
  const auto result = [](const std::string& text, bool failed) {
    return Json{{"content", Json::array({Json{{"type", "text"}, {"text", text}}})}, {"isError", failed}};
  };
  try {
    return result(tool.run(call), false);
  } catch (const std::exception& e) {
    return result(e.what(), true);
  }
}

/// Pages of other sites may make a browser call us, but can't hide where they come from.
bool from_elsewhere(const httplib::Request& request) {
  const std::string origin = request.get_header_value("Origin");
  if (origin.empty()) return false;
  for (const std::string_view local : {"http://localhost", "http://127.0.0.1", "http://[::1]"}) {
    if (origin == local || origin.rfind(std::string(local) + ":", 0) == 0) return false;
  }
  return true;
}

}  // namespace

Endpoint::Endpoint(std::string name, std::vector<Tool> tools) : name_(std::move(name)), tools_(std::move(tools)) {}

void Endpoint::mount(httplib::Server& server, const std::string& path) {
  server.Post(path, [this](const httplib::Request& request, httplib::Response& response) { post(request, response); });
  server.Delete(path, [this](const httplib::Request& request, httplib::Response& response) { end(request, response); });
  server.Get(path, [](const httplib::Request&, httplib::Response& response) {
    response.status = 405;
    response.set_header("Allow", "POST, DELETE");
  });
}

void Endpoint::post(const httplib::Request& request, httplib::Response& response) {
  if (from_elsewhere(request)) return refuse(response, 403, invalid_request, "this origin may not call");
  const std::string accept = request.get_header_value("Accept");
  if (accept.find("application/json") == std::string::npos || accept.find("text/event-stream") == std::string::npos) {
    return refuse(response, 406, invalid_request, "Accept must list application/json and text/event-stream");
  }
  if (request.get_header_value("Content-Type").rfind("application/json", 0) != 0) {
    return refuse(response, 415, invalid_request, "Content-Type must be application/json");
  }
  const Json message = Json::parse(request.body, nullptr, false);
  if (message.is_discarded()) return refuse(response, 400, parse_error, "the body is not JSON");
  if (!message.is_object() || message.value("jsonrpc", Json()) != "2.0") {
    return refuse(response, 400, invalid_request, "the body is not a JSON-RPC message");
  }
  const Json method = message.value("method", Json());
  const Json id = message.value("id", Json());
  if (message.contains("id") && !id.is_string() && !id.is_number_integer()) {
    return refuse(response, 400, invalid_request, "an id is a string or an integer");
  }
  if (method == "initialize" && message.contains("id")) return initialize(message, response);

  const SessionPtr session = session_of(request, response);
  if (!session) return;
  if (!method.is_string() || !message.contains("id")) {
    response.status = 202;  // a notification or a response: nothing to say to it
    return;
  }
  if (method == "ping") return answer(response, 200, result_of(id, Json::object()));
  if (method == "tools/call") return call_tool(message, session, response);
  if (method == "tools/list") {
    Json tools = Json::array();
    for (const Tool& tool : tools_) {
      tools.push_back({{"name", tool.name}, {"description", tool.description}, {"inputSchema", tool.input_schema}});
    }
    return answer(response, 200, result_of(id, {{"tools", std::move(tools)}}));
  }
  answer(response, 200, error_of(id, method_not_found, "no such method"));
}

void Endpoint::initialize(const Json& message, httplib::Response& response) {
  const Json params = message.value("params", Json::object());
  const Json asked = params.is_object() ? params.value("protocolVersion", Json()) : Json();
  if (!asked.is_string()) {
    return answer(response, 200, error_of(message["id"], invalid_params, "protocolVersion must be a string"));
  }
  auto session = std::make_shared<Session>();
  session->protocol_version = speaks(asked.get<std::string>()) ? asked.get<std::string>() : std::string(versions[0]);
  const std::string session_id = new_session_id();
  {
    const std::lock_guard lock(mutex_);
    if (sessions_.size() == max_sessions) return refuse(response, 503, invalid_request, "too many sessions");
    sessions_.emplace(session_id, session);
  }
  response.set_header("Mcp-Session-Id", session_id);
  answer(response, 200,
         result_of(message["id"], {{"protocolVersion", session->protocol_version},
                                   {"capabilities", {{"tools", Json::object()}}},
                                   {"serverInfo", {{"name", name_}, {"version", "1.0.0"}}}}));
}

void Endpoint::call_tool(const Json& message, const SessionPtr& session, httplib::Response& response) {
  const Json id = message["id"];
  const Json params = message.value("params", Json::object());
  const Json name = params.is_object() ? params.value("name", Json()) : Json();
  const auto tool = std::find_if(tools_.begin(), tools_.end(), [&](const Tool& t) { return name == t.name; });
  if (tool == tools_.end()) return answer(response, 200, error_of(id, invalid_params, "no such tool"));
  const Json arguments = params.value("arguments", Json::object());
  if (!arguments.is_object()) {
    return answer(response, 200, error_of(id, invalid_params, "arguments must be an object"));
  }
  if (!tool->slow) {
    const Call call{*session, arguments, [](int, int, const std::string&) { return true; }};
    return answer(response, 200, result_of(id, run(*tool, call)));
  }

  const Json meta = params.value("_meta", Json::object());
  const Json token = meta.is_object() ? meta.value("progressToken", Json()) : Json();
  response.set_header("Cache-Control", "no-cache");
  response.set_chunked_content_provider(
      "text/event-stream", [tool, session, id, arguments, token](std::size_t, httplib::DataSink& sink) {
        const auto send = [&sink](const Json& m) {
          const std::string text = event(m);
          return sink.write(text.data(), text.size());
        };
        const Call call{
            *session, arguments, [&](int done, int total, const std::string& text) {
              if (token.is_null()) return sink.is_writable();  // nobody asked for progress
              return send(
                  {{"jsonrpc", "2.0"},
                   {"method", "notifications/progress"},
                   {"params", {{"progressToken", token}, {"progress", done}, {"total", total}, {"message", text}}}});
            }};
        if (!send(result_of(id, run(*tool, call)))) return false;
        sink.done();
        return true;
      });
}

void Endpoint::end(const httplib::Request& request, httplib::Response& response) {
  if (from_elsewhere(request)) return refuse(response, 403, invalid_request, "this origin may not call");
  if (!session_of(request, response)) return;
  const std::lock_guard lock(mutex_);
  sessions_.erase(request.get_header_value("Mcp-Session-Id"));
  response.status = 204;
}

Endpoint::SessionPtr Endpoint::session_of(const httplib::Request& request, httplib::Response& response) {
  const std::string version = request.get_header_value("MCP-Protocol-Version");
  if (!version.empty() && !speaks(version)) {
    refuse(response, 400, invalid_request, "this server does not speak that MCP-Protocol-Version");
    return nullptr;
  }
  if (!request.has_header("Mcp-Session-Id")) {
    refuse(response, 400, invalid_request, "Mcp-Session-Id is missing");
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(request.get_header_value("Mcp-Session-Id"));
  if (found != sessions_.end()) return found->second;
  refuse(response, 404, invalid_request, "no such session");
  return nullptr;
}

}  // namespace demo
