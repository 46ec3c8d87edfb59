#pragma once

#include <string>

#include "mcprouter/backend.hpp"
#include "router/client_request.hpp"
#include "router/relay.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves a legacy client's request at a modern backend, as `relay` does at a legacy one. `body` is the request with
/// names as the backend knows them.
///
/// What the backend wants as input it gets from the client by requests on the call's stream; the call is then sent
/// again with the answers (requirements 4.6). Results and errors become what the session's version knows.
Task<Outcome> relay_to_modern(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                              std::string body, Reply& reply, ResultHook on_result);

}  // namespace mcprouter::detail
