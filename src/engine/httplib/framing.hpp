#pragma once

#include <httplib.h>

#include <cstdint>
#include <optional>

namespace mcprouter::detail {

/// How a request's body is delimited, by the letter of RFC 9112 6.3.
struct Framing {
  /// The status to refuse with, or 0. The connection must then be closed: where the next request begins is not sure.
  int refusal = 0;
  /// Whether there is a body that has to be read.
  bool has_body = false;
  /// Its length, unless it is chunked.
  std::optional<std::uint64_t> length;
};

/// Looks at a request as cpp-httplib parsed it. Stricter than that, and than most: a request that two parsers may
/// read differently is refused, and so is a body that cpp-httplib would not read or would change on the way.
[[nodiscard]] Framing framing_of(const httplib::Request& request);

}  // namespace mcprouter::detail
