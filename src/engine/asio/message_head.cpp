#include "engine/asio/message_head.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "engine/asio/control_chars.hpp"
#include "protocol/ascii.hpp"
#include "protocol/host.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr int kBadRequest = 400;
constexpr int kExpectationFailed = 417;
constexpr int kNotImplemented = 501;
constexpr int kVersionNotSupported = 505;

/// Takes a line off the front of a head that ends in an empty line.
std::string_view take_line(std::string_view& head) {
  std::size_t end = head.find('\r');
  while (head[end + 1] != '\n') end = head.find('\r', end + 1);
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end + kLineEnd.size());
  return line;
}

/// What the fields of a head say about its message.
struct Fields {
  Headers headers;
  std::optional<std::uint64_t> length;
  std::optional<std::uint32_t> keep_alive_seconds;
  int hosts = 0;
  bool chunked = false;
  bool unknown_coding = false;
  bool says_close = false;
  bool says_keep_alive = false;
  bool expects_continue = false;
  bool unknown_expectation = false;
};

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || !is_digit(text.front()) || error != std::errc() || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return number;
}

template <typename Use>
void for_each_item(std::string_view list, Use use) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    use(trimmed(list.substr(0, comma)));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

void note_keep_alive(std::string_view value, Fields& fields) {
  for_each_item(value, [&](std::string_view item) {
    constexpr std::string_view kTimeout = "timeout=";
    if (same_header(item.substr(0, kTimeout.size()), kTimeout)) {
      fields.keep_alive_seconds = parse_number<std::uint32_t>(item.substr(kTimeout.size()));
    }
  });
}

/// Returns false if the field makes the message ambiguous.
bool note(std::string_view name, std::string_view value, Fields& fields) {
  // By length first: most fields are none of these.
  switch (name.size()) {
    case 4:
      if (same_header(name, "Host")) ++fields.hosts;
      break;
    case 6:
      if (same_header(name, "Expect")) {
        fields.expects_continue = same_header(value, "100-continue");
        fields.unknown_expectation = fields.unknown_expectation || !fields.expects_continue;
      }
      break;
    case 10:
      if (same_header(name, "Connection")) {
        for_each_item(value, [&](std::string_view item) {
          fields.says_close = fields.says_close || same_header(item, "close");
          fields.says_keep_alive = fields.says_keep_alive || same_header(item, "keep-alive");
        });
      } else if (same_header(name, "Keep-Alive")) {
        note_keep_alive(value, fields);
      }
      break;
    case 14:
      if (same_header(name, "Content-Length")) {
        const auto length = parse_number<std::uint64_t>(value);
        if (!length || fields.length) return false;
        fields.length = length;
      }
      break;
    case 17:
      if (same_header(name, "Transfer-Encoding")) {
        if (fields.chunked) return false;
        fields.chunked = same_header(value, "chunked");
        fields.unknown_coding = !fields.chunked;
      }
      break;
    default:
      break;
  }
  return true;
}

std::optional<Fields> parse_fields(std::string_view head) {
  Fields fields;
  const std::size_t controls = count_controls(head);
  std::size_t lines = 1;  // with the empty one
  for (std::string_view line = take_line(head); !line.empty(); line = take_line(head), ++lines) {
    const std::size_t colon = token_size(line);
    if (colon == 0 || colon == line.size() || line[colon] != ':') return std::nullopt;
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!note(name, value, fields)) return std::nullopt;
    fields.headers.add(name, value);
  }
  if (controls != controls_of(lines)) return std::nullopt;
  if (fields.length && (fields.chunked || fields.unknown_coding)) return std::nullopt;
  return fields;
}

bool is_target_char(char c) { return c > ' ' && c < '\x7f'; }

/// Makes a URL in the place of the target a path, and its host the `Host` (RFC 9112 3.2.2).
bool take_absolute_form(RequestHead& request) {
  const std::size_t mark = request.target.find("://");
  if (request.target.front() == '/' || mark == std::string::npos) return true;
  const std::string_view scheme = std::string_view(request.target).substr(0, mark);
  if (!same_header(scheme, "http") && !same_header(scheme, "https")) return false;
  const std::size_t begin = mark + 3;
  const std::size_t end = std::min(request.target.find_first_of("/?", begin), request.target.size());
  std::string authority = request.target.substr(begin, end - begin);
  if (!split_host(authority)) return false;
  request.headers.set("Host", authority);
  request.target.erase(0, end);
  if (!request.target.starts_with('/')) request.target.insert(0, 1, '/');
  return true;
}

RequestHead refuse(int status) {
  RequestHead request;
  request.refusal = status;
  return request;
}

}  // namespace

std::size_t head_size(std::string_view input, std::size_t seen) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t found = input.find(kEnd, seen < kEnd.size() ? 0 : seen - kEnd.size() + 1);
  return found == std::string_view::npos ? found : found + kEnd.size();
}

bool has_bare_line_feed(std::string_view input) {
  for (std::size_t at = input.find('\n'); at != std::string_view::npos; at = input.find('\n', at + 1)) {
    if (at == 0 || input[at - 1] != '\r') return true;
  }
  return false;
}

RequestHead parse_request(std::string_view head) {
  const std::string_view line = take_line(head);
  const std::size_t first = line.find(' ');
  const std::size_t second = line.find(' ', first + 1);
  if (first == std::string_view::npos || second == std::string_view::npos) return refuse(kBadRequest);
  const std::string_view method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (!is_token(method) || target.empty() || !std::all_of(target.begin(), target.end(), is_target_char)) {
    return refuse(kBadRequest);
  }
  const bool is_1_1 = version == "HTTP/1.1";
  if (!is_1_1 && version != "HTTP/1.0") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/") && is_digit(version[5]) &&
                       version[6] == '.' && is_digit(version[7]);
    return refuse(other ? kVersionNotSupported : kBadRequest);
  }

  auto fields = parse_fields(head);
  // One Host, or none in HTTP/1.0 (RFC 9112 3.2). Chunks are not of HTTP/1.0.
  if (!fields || fields->hosts > 1 || (is_1_1 && fields->hosts == 0) || (fields->chunked && !is_1_1)) {
    return refuse(kBadRequest);
  }
  if (fields->unknown_coding) return refuse(kNotImplemented);
  if (fields->unknown_expectation) return refuse(kExpectationFailed);
  RequestHead request;
  request.method = method;
  request.target = target;
  request.headers = std::move(fields->headers);
  if (!take_absolute_form(request)) return refuse(kBadRequest);
  if (fields->chunked) {
    request.body.kind = BodyLength::Kind::chunked;
  } else if (fields->length.value_or(0) > 0) {
    request.body = {BodyLength::Kind::counted, *fields->length};
  }
  request.is_1_1 = is_1_1;
  request.keep_alive = !fields->says_close && (is_1_1 || fields->says_keep_alive);
  request.expects_continue = is_1_1 && fields->expects_continue;
  return request;
}

std::optional<AnswerHead> parse_response(std::string_view head, bool to_head) {
  constexpr std::size_t kStatusAt = 9;  // after "HTTP/1.1 "
  const std::string_view line = take_line(head);
  const bool is_1_1 = line.starts_with("HTTP/1.1 ");
  if (!is_1_1 && !line.starts_with("HTTP/1.0 ")) return std::nullopt;
  const auto status = parse_number<int>(line.substr(kStatusAt, 3));
  if (!status || *status < 100 || (line.size() > kStatusAt + 3 && line[kStatusAt + 3] != ' ')) return std::nullopt;

  auto fields = parse_fields(head);
  if (!fields || fields->unknown_coding) return std::nullopt;
  AnswerHead answer;
  answer.response.status = *status;
  answer.response.headers = std::move(fields->headers);
  answer.keep_alive = !fields->says_close && (is_1_1 || fields->says_keep_alive);
  answer.keep_alive_seconds = fields->keep_alive_seconds;
  const bool without_body = to_head || *status < 200 || *status == 204 || *status == 304;
  if (without_body) {
    answer.body.kind = BodyLength::Kind::none;
  } else if (fields->chunked) {
    answer.body.kind = BodyLength::Kind::chunked;
  } else if (fields->length) {
    answer.body = {*fields->length > 0 ? BodyLength::Kind::counted : BodyLength::Kind::none, *fields->length};
  } else {
    answer.body.kind = BodyLength::Kind::until_close;
    answer.keep_alive = false;
  }
  return answer;
}

}  // namespace mcprouter::detail
