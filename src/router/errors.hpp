#pragma once

#include <string>
#include <string_view>

#include "mcprouter/error.hpp"
#include "mcprouter/http.hpp"

namespace mcprouter::detail {

/// What an error tells beside its reason. Only what the client may know: never a backend's own words.
struct ErrorDetails {
  std::string_view problem = {};  ///< What was wrong with the client's message; added to the text.
  std::string_view backend = {};  ///< The backend at fault.
};

/// A JSON-RPC error for the request with this id (JSON text, "null" if unreadable), with `data.reason`.
[[nodiscard]] std::string error_reply(std::string_view id, Reason reason, ErrorDetails details = {});

/// A refusal at the level of HTTP: the reason's status, and the same error as JSON body.
[[nodiscard]] Response refusal(Reason reason, std::string_view id = "null", ErrorDetails details = {});

}  // namespace mcprouter::detail
