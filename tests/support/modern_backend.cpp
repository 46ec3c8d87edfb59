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
                                 capabilities, name(), caching));
  } else if (method == "tools/list") {
    answer(exchange, fmt::format(R"("tools":[{}],{})", tools, caching));
  } else if (method == "tools/call") {
    answer(exchange, fmt::format(R"("content":[{{"type":"text","text":"{}"}}])", name()));
  } else {
    refuse(exchange, 404, -32601);
  }
}

}  // namespace mcprouter::test
