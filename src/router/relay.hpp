#pragma once

#include <string>

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Sends `body`, the client's request as the backend is to get it, and relays what comes back: notifications in order,
/// then the response. The request's id and progress token pass as they are, because one client session faces one
/// upstream session. Requests of the backend are answered here. Every failure becomes a JSON-RPC error.
Task<Outcome> relay(RouterAccess access, const ClientRequest& request, BackendPtr backend, std::string body,
                    Reply& reply);

}  // namespace mcprouter::detail
