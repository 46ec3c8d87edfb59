#include "support/modern_backend.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace mcprouter::test {
namespace {

using nlohmann::json;

const Headers kJson{{"Content-Type", "application/json"}};

void answer(const ModernBackend::Exchange& exchange, const std::string& members) {
  exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete",{}}}}})",
                             id_of(exchange->request.body), members));
}

/// What such a server finds wrong with a request before it looks at the method; 0 if nothing.
int problem_of(const HttpRequest& request) {
  const json meta = json::parse(request.body).value("/params/_meta"_json_pointer, json::object());
  const std::string version = meta.value("io.modelcontextprotocol/protocolVersion", "");
  if (request.headers.get("MCP-Protocol-Version").empty()) return -32020;
  if (version.empty() || !meta.contains("io.modelcontextprotocol/clientCapabilities")) return -32602;
  if (request.headers.get("MCP-Protocol-Version") != version) return -32020;
  if (version != "2026-07-28") return -32022;
  if (request.headers.get("Mcp-Method") != method_of(request.body)) return -32020;
  return 0;
}

}  // namespace

void refuse(const ModernBackend::Exchange& exchange, int status, int code, const std::string& data) {
  exchange->respond(status, kJson,
                    fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":{},"message":"secret","data":{}}}}})",
                                id_of(exchange->request.body), code, data));
}

ModernBackend::ModernBackend(MemoryHttp& http, std::string name) : http_(http), name_(std::move(name)) { come_up(); }

void ModernBackend::on(const std::string& method, Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  behaviours_[method] = std::move(behaviour);
}

void ModernBackend::behave(const std::string& method) {
  const std::lock_guard lock(mutex_);
  behaviours_.erase(method);
}

void ModernBackend::set_capabilities(std::string capabilities) {
  const std::lock_guard lock(mutex_);
  capabilities_ = std::move(capabilities);
}

void ModernBackend::set_tools(std::vector<std::string> tools) {
  const std::lock_guard lock(mutex_);
  tools_ = std::move(tools);
}

void ModernBackend::set_caching(std::string members) {
  const std::lock_guard lock(mutex_);
  caching_ = std::move(members);
}

void ModernBackend::go_down() { http_.refuse(url()); }

void ModernBackend::come_up() {
  http_.serve(url(), [this](const Exchange& exchange) { serve(exchange); });
}

std::vector<Seen> ModernBackend::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::vector<Seen> ModernBackend::seen(std::string_view rpc_method) const {
  std::vector<Seen> matching;
  for (Seen& one : seen()) {
    if (one.rpc_method == rpc_method || one.http_method == rpc_method) {
      matching.push_back(std::move(one));
    }
  }
  return matching;
}

void ModernBackend::forget_seen() {
  const std::lock_guard lock(mutex_);
  seen_.clear();
}

void ModernBackend::serve(const Exchange& exchange) {
  const HttpRequest& request = exchange->request;
  const std::string method = request.method == "POST" ? method_of(request.body) : request.method;
  Behaviour behaviour;
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back({request.method, request.method == "POST" ? method : "", request.headers, request.body});
    if (const auto found = behaviours_.find(method); found != behaviours_.end()) {
      behaviour = found->second;
    }
  }
  if (behaviour) {
    behaviour(exchange);
  } else {
    serve_as_usual(exchange);
  }
}

void ModernBackend::serve_as_usual(const Exchange& exchange) {
  const HttpRequest& request = exchange->request;
  if (request.method != "POST") {
    exchange->respond(405, {}, "");
    return;
  }
  const std::string method = method_of(request.body);
  if (const int problem = problem_of(request); problem != 0) {
    refuse(exchange, 400, problem, R"({"supported":["2026-07-28"]})");
    return;
  }
  std::unique_lock lock(mutex_);
  const std::string capabilities = capabilities_;
  const std::string tools = fmt::format("{}", fmt::join(tools_, ","));
  const std::string caching = caching_;
  lock.unlock();
  if (method == "server/discover") {
    answer(exchange, fmt::format(R"("supportedVersions":["2026-07-28"],"capabilities":{},"instructions":"Use {}.",{})",
                                 capabilities, name_, caching));
  } else if (method == "tools/list") {
    answer(exchange, fmt::format(R"("tools":[{}],{})", tools, caching));
  } else if (method == "tools/call") {
    answer(exchange, fmt::format(R"("content":[{{"type":"text","text":"{}"}}])", name_));
  } else {
    refuse(exchange, 404, -32601);
  }
}

}  // namespace mcprouter::test
