#include "engine/httplib/framing.hpp"

#include <charconv>
#include <string>

#include "mcprouter/http.hpp"

namespace mcprouter::detail {
namespace {

constexpr int kBadRequest = 400;
constexpr int kUnsupportedMediaType = 415;

std::optional<std::uint64_t> parse_length(const std::string& text) {
  std::uint64_t length = 0;
  const char* const end = text.data() + text.size();
  const auto [last, error] = std::from_chars(text.data(), end, length);
  if (text.empty() || error != std::errc() || last != end) return std::nullopt;
  return length;
}

// What cpp-httplib reads a body for.
bool takes_body(const std::string& method) { return method != "GET" && method != "HEAD" && method != "OPTIONS"; }

Framing refuse(int status) { return {status, false, std::nullopt}; }

}  // namespace

Framing framing_of(const httplib::Request& request) {
  Framing framing;
  bool chunked = false;
  for (const auto& [name, value] : request.headers) {
    // "Content-Length : 5" is no length to cpp-httplib, and may be one to a proxy.
    if (!is_valid_field(name, "")) return refuse(kBadRequest);
    if (same_header(name, "Content-Length")) {
      const auto length = parse_length(value);
      if (!length || framing.length) return refuse(kBadRequest);
      framing.length = length;
    } else if (same_header(name, "Transfer-Encoding")) {
      if (chunked || !same_header(value, "chunked") || request.version != "HTTP/1.1") return refuse(kBadRequest);
      chunked = true;
    }
  }
  if (chunked && framing.length) return refuse(kBadRequest);
  framing.has_body = chunked || framing.length.value_or(0) > 0;
  if (!framing.has_body) return framing;
  if (!takes_body(request.method)) return refuse(kBadRequest);
  // cpp-httplib 0.11 leaves it unread.
  if (request.method == "DELETE" && chunked) return refuse(kBadRequest);
  // Read by the multipart parser, or decompressed, not handed to us as it came.
  if (request.is_multipart_form_data() || request.has_header("Content-Encoding")) {
    return refuse(kUnsupportedMediaType);
  }
  return framing;
}

}  // namespace mcprouter::detail
