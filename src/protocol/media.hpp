#pragma once

#include <string_view>

#include "mcprouter/http.hpp"

namespace mcprouter::detail {

/// How much a client wants each of the two forms of an answer: 0 not at all, 1 most.
struct Accept {
  double json = 0;
  double sse = 0;
};

/// Reads all `Accept` lines (RFC 9110 12.5.1): the most specific range decides, of equal ones the highest weight. No
/// range at all accepts both; malformed ranges are ignored. A parameter makes a range less specific than the plain
/// type, not a range of something else: there is only one JSON here.
[[nodiscard]] Accept read_accept(const Headers& headers);

/// Says whether a Content-Type is `application/json` in UTF-8. Case and other parameters do not matter.
[[nodiscard]] bool is_json(std::string_view content_type);
/// Says whether a Content-Type is `text/event-stream`, which is always UTF-8.
[[nodiscard]] bool is_sse(std::string_view content_type);

}  // namespace mcprouter::detail
