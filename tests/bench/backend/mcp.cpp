#include "mcp.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

#include "json.hpp"
#include "replies.hpp"

namespace bench {
namespace {

struct Size {
  std::string_view name;
  std::size_t bytes;
};
constexpr std::array<Size, 4> kSizes{{{"300", 300}, {"5k", 5'000}, {"100k", 100'000}, {"1m", 1'000'000}}};
constexpr std::string_view kPayload = "payload_";
constexpr std::string_view kSse = "sse_";
constexpr std::string_view kSlow = "slow_10s";
constexpr std::string_view kAnnounce = "announce";
constexpr std::string_view kHuge = "payload_100m";
constexpr std::string_view kHugeSse = "sse_100m";
constexpr std::size_t kBlock = 1'000'000;
constexpr std::size_t kBlocks = 100;

constexpr std::string_view kContent = R"({"content":[{"type":"text","text":")";
constexpr std::string_view kContentEnd = R"("}]})";
constexpr std::size_t kEnvelopeSize = 34;  ///< {"jsonrpc":"2.0","id":1,"result":}

/// Returns a result such that the whole JSON-RPC answer has about `size` bytes.
std::string payload(std::size_t size) {
  std::string result(kContent);
  result.append(size - kContent.size() - kContentEnd.size() - kEnvelopeSize, 'x');
  return result.append(kContentEnd);
}

const std::array<std::string, kSizes.size()>& payloads() {
  static const std::array<std::string, kSizes.size()> made{payload(kSizes[0].bytes), payload(kSizes[1].bytes),
                                                           payload(kSizes[2].bytes), payload(kSizes[3].bytes)};
  return made;
}

HugeResult huge() {
  static const std::string block(kBlock, 'x');
  return {kContent, block, kBlocks, kContentEnd};
}

std::string list() {
  std::string tools;
  const auto add = [&tools](std::string_view prefix, std::string_view name) {
    if (!tools.empty()) tools += ',';
    tools.append(R"({"name":")").append(prefix).append(name).append(R"(","inputSchema":{"type":"object"}})");
  };
  for (const Size& size : kSizes) add(kPayload, size.name);
  for (const Size& size : kSizes) add(kSse, size.name);
  add(kSlow, "");
  add(kAnnounce, "");
  add(kHuge, "");
  add(kHugeSse, "");
  return R"({"tools":[)" + tools + "]}";
}

std::string initialized(std::string_view message) {
  std::string_view version = unquoted(member(member(message, "params"), "protocolVersion"));
  if (version.empty()) version = "2025-11-25";
  std::string result = R"({"protocolVersion":")";
  result.append(version);
  return result.append(
      R"(","capabilities":{"tools":{"listChanged":true}},"serverInfo":{"name":"mcprouter-bench","version":"0.1.0"}})");
}

FollowUp call(std::string_view message, std::string_view id, Output& out) {
  const std::string_view params = member(message, "params");
  const std::string_view name = unquoted(member(params, "name"));
  if (name == kSlow) {
    return {SlowCall(std::string(id), std::string(member(member(params, "_meta"), "progressToken")))};
  }
  if (name == kAnnounce) {
    reply_json(id, "result", R"({"content":[]})", out);
    return {std::nullopt, false, true};
  }
  if (name == kHuge || name == kHugeSse) {
    name == kHuge ? reply_json_huge(id, huge(), out) : reply_sse_huge(id, huge(), out);
    return {};
  }
  const bool sse = name.starts_with(kSse);
  const std::string_view wanted = name.substr(sse ? kSse.size() : name.starts_with(kPayload) ? kPayload.size() : 0);
  for (std::size_t i = 0; i < kSizes.size() && wanted.size() < name.size(); ++i) {
    if (kSizes[i].name != wanted) continue;
    sse ? reply_sse_static(id, payloads()[i], out) : reply_json_static(id, payloads()[i], out);
    return {};
  }
  reply_json(id, "error", R"({"code":-32602,"message":"Unknown tool"})", out);
  return {};
}

}  // namespace

FollowUp Mcp::answer(const Request& request, Output& out) {
  const bool known = !request.session.empty() && sessions_.contains(std::string(request.session));
  const std::string_view method = unquoted(member(request.body, "method"));
  const std::string_view id = member(request.body, "id");
  if (request.method == "DELETE") {
    sessions_.erase(std::string(request.session));
    reply_empty(known ? "200 OK" : "404 Not Found", out);
  } else if (request.method == "GET" && known) {
    begin_stream(out);
    return {std::nullopt, true, false};
  } else if (request.method != "POST" && request.method != "GET") {
    reply_empty("405 Method Not Allowed\r\nAllow: POST, GET, DELETE", out);
  } else if (method == "initialize") {
    open_session(id, request.body, out);
  } else if (!known) {
    reply_empty(request.session.empty() ? "400 Bad Request" : "404 Not Found", out);
  } else if (id.empty()) {
    reply_empty("202 Accepted", out);
  } else if (method == "tools/call") {
    return call(request.body, id, out);
  } else if (method == "tools/list") {
    reply_json(id, "result", list(), out);
  } else if (method == "ping") {
    reply_json(id, "result", "{}", out);
  } else {
    reply_json(id, "error", R"({"code":-32601,"message":"Method not found"})", out);
  }
  return {};
}

void Mcp::open_session(std::string_view id, std::string_view message, Output& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string session;
  for (int word = 0; word < 4; ++word) {
    std::uint32_t bits = random_();
    for (int digit = 0; digit < 8; ++digit, bits >>= 4) session += kHex[bits & 15];
  }
  reply_json(id, "result", initialized(message), out, session);
  sessions_.insert(std::move(session));
}

}  // namespace bench
