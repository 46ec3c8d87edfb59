#include "mcp.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "json.hpp"

namespace bench {
namespace {

struct Tool {
  std::string_view name;
  std::size_t size;
};
constexpr std::array<Tool, 3> kTools{{{"payload_300", 300}, {"payload_5k", 5'000}, {"payload_100k", 100'000}}};
constexpr std::string_view kContent = R"({"content":[{"type":"text","text":")";
constexpr std::string_view kContentEnd = R"("}]})";
constexpr std::string_view kEnvelope = R"({"jsonrpc":"2.0","id":)";

void empty(std::string_view status, std::string& out) {
  out.append("HTTP/1.1 ").append(status).append("\r\nContent-Length: 0\r\n\r\n");
}

/// Appends a response `{"jsonrpc":"2.0","id":ID,"KEY":VALUE}`.
void json(std::string_view id, std::string_view key, std::string_view value, std::string& out,
          std::string_view session = {}) {
  const std::size_t size = kEnvelope.size() + id.size() + key.size() + value.size() + 5;
  out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
  if (!session.empty()) out.append("Mcp-Session-Id: ").append(session).append("\r\n");
  out.append("Content-Length: ").append(std::to_string(size)).append("\r\n\r\n");
  out.append(kEnvelope).append(id).append(",\"").append(key).append("\":").append(value).push_back('}');
}

std::string list() {
  std::string tools;
  for (const Tool& tool : kTools) {
    if (!tools.empty()) tools += ',';
    tools.append(R"({"name":")").append(tool.name).append(R"(","inputSchema":{"type":"object"}})");
  }
  return R"({"tools":[)" + tools + "]}";
}

std::string initialized(std::string_view message) {
  std::string_view version = unquoted(member(member(message, "params"), "protocolVersion"));
  if (version.empty()) version = "2025-11-25";
  std::string result = R"({"protocolVersion":")";
  result.append(version);
  return result.append(R"(","capabilities":{"tools":{}},"serverInfo":{"name":"mcprouter-bench","version":"0.1.0"}})");
}

/// Returns a result such that the whole JSON-RPC answer has about `size` bytes.
std::string payload(std::size_t size) {
  std::string result(kContent);
  result.append(size - kContent.size() - kContentEnd.size() - kEnvelope.size() - 12, 'x');
  return result.append(kContentEnd);
}

}  // namespace

void Mcp::answer(const Request& request, std::string& out) {
  const bool known = !request.session.empty() && sessions_.contains(std::string(request.session));
  if (request.method == "DELETE") {
    sessions_.erase(std::string(request.session));
    return empty(known ? "200 OK" : "404 Not Found", out);
  }
  if (request.method != "POST") return empty("405 Method Not Allowed\r\nAllow: POST, DELETE", out);

  const std::string_view method = unquoted(member(request.body, "method"));
  const std::string_view id = member(request.body, "id");
  if (method == "initialize") return json(id, "result", initialized(request.body), out, open_session());
  if (request.session.empty()) return empty("400 Bad Request", out);
  if (!known) return empty("404 Not Found", out);
  if (id.empty()) return empty("202 Accepted", out);
  if (method == "tools/call") return call(request.body, id, out);
  if (method == "tools/list") return json(id, "result", list(), out);
  if (method == "ping") return json(id, "result", "{}", out);
  json(id, "error", R"({"code":-32601,"message":"Method not found"})", out);
}

void Mcp::call(std::string_view message, std::string_view id, std::string& out) {
  static const std::array<std::string, kTools.size()> payloads{payload(kTools[0].size), payload(kTools[1].size),
                                                               payload(kTools[2].size)};
  const std::string_view name = unquoted(member(member(message, "params"), "name"));
  for (std::size_t i = 0; i < kTools.size(); ++i) {
    if (kTools[i].name == name) return json(id, "result", payloads[i], out);
  }
  json(id, "error", R"({"code":-32602,"message":"Unknown tool"})", out);
}

std::string_view Mcp::open_session() {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string id;
  for (int word = 0; word < 4; ++word) {
    std::uint32_t bits = random_();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) id += kHex[bits & 15];
  }
  return *sessions_.insert(std::move(id)).first;
}

}  // namespace bench
