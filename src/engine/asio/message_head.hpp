#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mcprouter/http.hpp"

namespace mcprouter::detail {

/// Finds the end of a message's head. Returns its size with the empty line, or npos while it is incomplete; `seen`
/// bytes at the front were searched before.
[[nodiscard]] std::size_t head_size(std::string_view input, std::size_t seen);

/// Whether an incomplete head can never become one, because a line ends in a bare LF.
[[nodiscard]] bool has_bare_line_feed(std::string_view input);

/// How a body is delimited (RFC 9112 6.3).
struct BodyLength {
  enum class Kind { none, counted, chunked, until_close };

  Kind kind = Kind::none;
  std::uint64_t size = 0;  ///< For `counted`.
};

struct RequestHead {
  int refusal = 0;  ///< The status to refuse with, or 0. The connection is of no use then.
  std::string method;
  std::string target;  ///< Path and query, also where the whole URL was sent; else "*" or what CONNECT names.
  Headers headers;
  BodyLength body;
  bool is_1_1 = false;
  bool keep_alive = false;  ///< What the client wants.
  bool expects_continue = false;
};

/// Reads a whole request head by the letter of RFC 9112: what two parsers may read differently is refused.
[[nodiscard]] RequestHead parse_request(std::string_view head);

struct AnswerHead {
  ResponseHead response;
  BodyLength body;
  bool keep_alive = false;
  std::optional<std::uint32_t> keep_alive_seconds;  ///< How long the server keeps the connection, if it says.
};

/// Reads a whole response head, as strictly; nullopt if it is none. `to_head`: it answers a HEAD request.
[[nodiscard]] std::optional<AnswerHead> parse_response(std::string_view head, bool to_head);

}  // namespace mcprouter::detail
