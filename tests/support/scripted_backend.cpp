#include "support/scripted_backend.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace mcprouter::test {

void ScriptedBackend::set_capabilities(std::string capabilities) {
  const std::lock_guard lock(mutex_);
  capabilities_ = std::move(capabilities);
}

void ScriptedBackend::set_tools(std::vector<std::string> names) {
  const std::lock_guard lock(mutex_);
  tools_ = std::move(names);
}

bool ScriptedBackend::knows(const HttpRequest& request) const {
  const std::lock_guard lock(mutex_);
  return !with_sessions_ || sessions_.count(std::string(request.headers.get("Mcp-Session-Id"))) > 0;
}

void ScriptedBackend::be_without_sessions() {
  const std::lock_guard lock(mutex_);
  with_sessions_ = false;
}

void ScriptedBackend::forget_sessions() {
  const std::lock_guard lock(mutex_);
  sessions_.clear();
}

void ScriptedBackend::forget_seen() {
  RecordingBackend::forget_seen();
  const std::lock_guard lock(mutex_);
  last_session_ = 0;
}

std::size_t ScriptedBackend::live_sessions() const {
  const std::lock_guard lock(mutex_);
  return sessions_.size();
}

void ScriptedBackend::serve_as_usual(const Exchange& exchange) {
  const HttpRequest& request = exchange->request;
  const std::string session(request.headers.get("Mcp-Session-Id"));
  const std::string method = request.method == "POST" ? method_of(request.body) : request.method;
  std::unique_lock lock(mutex_);
  if (method == "initialize") {
    Headers headers;
    if (with_sessions_) {
      const std::string id = fmt::format("{}-session-{}", name(), ++last_session_);
      sessions_.insert(id);
      headers.add("Mcp-Session-Id", id);
    }
    const std::string capabilities = capabilities_;
    lock.unlock();
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"protocolVersion":"2025-11-25","capabilities":)"
                               R"({},"serverInfo":{{"name":"{}","version":"1"}}}}}})",
                               id_of(request.body), capabilities, name()),
                   headers);
    return;
  }
  if (with_sessions_ && sessions_.count(session) == 0) {
    lock.unlock();
    exchange->respond(session.empty() ? 400 : 404, {{"Content-Type", "text/plain"}}, "no such session: secret details");
    return;
  }
  if (method == "DELETE") {
    sessions_.erase(session);
    lock.unlock();
    exchange->respond(204, {}, "");
    return;
  }
  if (method == "tools/list") {
    auto tools = nlohmann::ordered_json::array();
    for (const std::string& tool : tools_) {
      tools.push_back({{"name", tool}, {"inputSchema", {{"type", "object"}}}});
    }
    lock.unlock();
    exchange->json(
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"tools":{}}}}})", id_of(request.body), tools.dump()));
    return;
  }
  lock.unlock();
  if (method == "tools/call") {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[{{"type":"text","text":"{}"}}]}}}})",
                               id_of(request.body), name()));
    return;
  }
  exchange->respond(202, {}, "");
}

}  // namespace mcprouter::test
