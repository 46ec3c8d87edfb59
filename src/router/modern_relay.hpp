#pragma once

#include <string>

#include "mcprouter/backend.hpp"
#include "router/client_request.hpp"
#include "router/relay.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves a modern client's request at the backend that owns it: sends it, or resumes the call whose state it brings
/// back. `body` is the request with names as the backend knows them.
///
/// A state is good for the same principal, method, target and arguments only, once and for a while (MRTR-06, MRTR-07).
/// One of a modern backend passes as it is.
Task<Outcome> relay_for_modern(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                               std::string body, Reply& reply, ResultHook on_result);

}  // namespace mcprouter::detail
