#pragma once

#include <optional>

#include "mcprouter/error.hpp"
#include "mcprouter/http.hpp"
#include "mcprouter/options.hpp"
#include "protocol/media.hpp"

namespace mcprouter::detail {

/// Decides whether a request is let in, before anyone is asked who sends it: `Host` and `Origin` (HTTP-03, HTTP-04),
/// size of the headers, method. Returns why not.
[[nodiscard]] std::optional<Reason> refuse(const Request& request, const RouterOptions& options);

/// The same for what a POST carries: size, `Content-Type`, and what its `Accept` says.
[[nodiscard]] std::optional<Reason> refuse_content(const Request& request, const Accept& accept,
                                                   const RouterOptions& options);

}  // namespace mcprouter::detail
