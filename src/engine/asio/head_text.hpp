#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mcprouter/http.hpp"
#include "mcprouter/http_client.hpp"

namespace mcprouter::detail {

/// What a server says of the body that follows, and of the connection after it.
struct AnswerFraming {
  enum class Body { none, counted, chunked, until_close };

  Body body = Body::none;
  std::size_t size = 0;  ///< For `counted`.
  bool close = false;
  bool keep_alive = false;  ///< To be said to a client of HTTP/1.0.
};

/// Writes the head of an answer, with room for a small body behind it. Fields that are not valid, and those that the
/// server writes by itself, are left out.
[[nodiscard]] std::string answer_head(int status, const Headers& headers, const AnswerFraming& framing);

/// Writes the head of a request for `target` on the host `authority`, fields and room as above.
[[nodiscard]] std::string request_head(const HttpRequest& request, std::string_view authority, std::string_view target);

/// The words that go with a status, or an empty view.
[[nodiscard]] std::string_view reason_phrase(int status);

}  // namespace mcprouter::detail
