#include "replies.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <string>

namespace bench {
namespace {

constexpr std::string_view kEnvelope = R"({"jsonrpc":"2.0","id":)";
constexpr std::string_view kResult = R"(,"result":)";
constexpr std::string_view kEvent = "event: message\ndata: ";
constexpr std::string_view kEventEnd = "\n\n";

void json_head(std::size_t size, std::string_view session, Output& out) {
  out.append("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n");
  if (!session.empty()) out.append("Mcp-Session-Id: ").append(session).append("\r\n");
  out.append("Content-Length: ").append(std::to_string(size)).append("\r\n\r\n");
}

void chunk_head(std::size_t size, Output& out) {
  std::array<char, 16> hex{};
  const char* end = std::to_chars(hex.data(), hex.data() + hex.size(), size, 16).ptr;
  out.append({hex.data(), static_cast<std::size_t>(end - hex.data())}).append("\r\n");
}

std::size_t huge_size(std::string_view id, const HugeResult& result) {
  return kEnvelope.size() + id.size() + kResult.size() + result.begin.size() + result.block.size() * result.count +
         result.end.size() + 1;
}

void append_huge(std::string_view id, const HugeResult& result, Output& out) {
  out.append(kEnvelope).append(id).append(kResult).append_static(result.begin);
  for (std::size_t i = 0; i < result.count; ++i) out.append_static(result.block);
  out.append_static(result.end).append("}");
}

}  // namespace

void reply_empty(std::string_view status, Output& out) {
  out.append("HTTP/1.1 ").append(status).append("\r\nContent-Length: 0\r\n\r\n");
}

void reply_json(std::string_view id, std::string_view key, std::string_view value, Output& out,
                std::string_view session) {
  json_head(kEnvelope.size() + id.size() + key.size() + value.size() + 5, session, out);
  out.append(kEnvelope).append(id).append(",\"").append(key).append("\":").append(value).append("}");
}

void reply_json_static(std::string_view id, std::string_view result, Output& out) {
  json_head(kEnvelope.size() + id.size() + kResult.size() + result.size() + 1, {}, out);
  out.append(kEnvelope).append(id).append(kResult).append_static(result).append("}");
}

void reply_sse_static(std::string_view id, std::string_view result, Output& out) {
  begin_stream(out);
  chunk_head(kEvent.size() + kEnvelope.size() + id.size() + kResult.size() + result.size() + 1 + kEventEnd.size(), out);
  out.append(kEvent).append(kEnvelope).append(id).append(kResult).append_static(result).append("}").append(kEventEnd);
  out.append("\r\n");
  end_stream(out);
}

void reply_json_huge(std::string_view id, const HugeResult& result, Output& out) {
  json_head(huge_size(id, result), {}, out);
  append_huge(id, result, out);
}

void reply_sse_huge(std::string_view id, const HugeResult& result, Output& out) {
  begin_stream(out);
  chunk_head(kEvent.size() + huge_size(id, result) + kEventEnd.size(), out);
  out.append(kEvent);
  append_huge(id, result, out);
  out.append(kEventEnd).append("\r\n");
  end_stream(out);
}

void begin_stream(Output& out) {
  out.append("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
}

void stream_event(std::string_view message, Output& out) {
  chunk_head(kEvent.size() + message.size() + kEventEnd.size(), out);
  out.append(kEvent).append(message).append(kEventEnd).append("\r\n");
}

void end_stream(Output& out) { out.append("0\r\n\r\n"); }

}  // namespace bench
