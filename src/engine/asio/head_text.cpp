#include "engine/asio/head_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

#include "engine/asio/control_chars.hpp"
#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::array<std::string_view, 8> kOwnFields = {
    "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Expect"};

/// A bit for each length that a name in kOwnFields has: most names have none of them.
constexpr std::uint32_t kOwnSizes = [] {
  std::uint32_t sizes = 0;
  for (const std::string_view own : kOwnFields) sizes |= 1u << own.size();
  return sizes;
}();

bool is_own_field(std::string_view name) {
  if (name.size() >= 32 || (kOwnSizes >> name.size() & 1) == 0) return false;
  return std::any_of(kOwnFields.begin(), kOwnFields.end(),
                     [&](auto own) { return own.size() == name.size() && same_header(own, name); });
}

void append_number(std::string& text, std::size_t number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append_fields(std::string& text, const Headers& headers) {
  const std::size_t begin = text.size();
  std::size_t lines = 0;
  const auto append = [&](const HeaderField& field) {
    if (is_own_field(field.name) || !is_token(field.name)) return;
    text.append(field.name).append(": ").append(field.value).append("\r\n");
    ++lines;
  };
  for (const HeaderField& field : headers) append(field);
  if (count_controls(std::string_view(text).substr(begin)) == controls_of(lines)) return;
  // Now one by one.
  text.resize(begin);
  for (const HeaderField& field : headers) {
    if (count_controls(field.value) == 0) append(field);
  }
}

/// Room behind a head for the body, which is then sent with it in one piece.
std::size_t room_for(std::size_t body) {
  constexpr std::size_t kSmall = 2u << 10;
  return body <= kSmall ? body : 0;
}

std::size_t size_of(const Headers& headers) {
  constexpr std::size_t kAround = 4;
  std::size_t size = 0;
  for (const HeaderField& field : headers) size += field.name.size() + field.value.size() + kAround;
  return size;
}

// A method with a body that is empty says so (RFC 9110 8.6).
bool states_length(const HttpRequest& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

}  // namespace

std::string answer_head(int status, const Headers& headers, const AnswerFraming& framing) {
  constexpr std::size_t kOwnText = 160;
  std::string text;
  text.reserve(kOwnText + size_of(headers) + room_for(framing.size));
  text.append("HTTP/1.1 ");
  append_number(text, static_cast<std::size_t>(status));
  text.append(" ").append(reason_phrase(status)).append("\r\n");
  append_fields(text, headers);
  if (framing.body == AnswerFraming::Body::counted) {
    text.append("Content-Length: ");
    append_number(text, framing.size);
    text.append("\r\n");
  } else if (framing.body == AnswerFraming::Body::chunked) {
    text.append("Transfer-Encoding: chunked\r\n");
  }
  if (framing.close) {
    text.append("Connection: close\r\n");
  } else if (framing.keep_alive) {
    text.append("Connection: keep-alive\r\n");
  }
  return std::move(text.append("\r\n"));
}

std::string request_head(const HttpRequest& request, std::string_view authority, std::string_view target) {
  constexpr std::size_t kOwnText = 120;
  std::string text;
  text.reserve(kOwnText + authority.size() + target.size() + size_of(request.headers) + room_for(request.body.size()));
  text.append(request.method).append(" ").append(target).append(" HTTP/1.1\r\nHost: ").append(authority);
  text.append("\r\n");
  append_fields(text, request.headers);
  if (!request.headers.has("User-Agent")) text.append("User-Agent: mcprouter\r\n");
  if (states_length(request)) {
    text.append("Content-Length: ");
    append_number(text, request.body.size());
    text.append("\r\n");
  }
  return std::move(text.append("\r\n"));
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return {};
  }
}

}  // namespace mcprouter::detail
