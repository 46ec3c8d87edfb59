#pragma once

#include <string>

#include "mcprouter/http.hpp"
#include "router/client_request.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Returns the capabilities that `initialize` declares to this session: what its backends have (INIT-06).
///
/// A backend that no session has reached yet is reached now, for `Timeouts::list` at most; one that could not be
/// reached a moment ago is not waited for again. `client_headers` outlives the call.
Task<std::string> find_capabilities(RouterAccess access, RoutesPtr routes, SessionPtr session,
                                    const Headers& client_headers);

}  // namespace mcprouter::detail
