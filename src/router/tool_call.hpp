#pragma once

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves tools/call: finds the owner of the name, forwards the message with nothing but the name changed, and relays
/// what the backend says until its response.
Task<Outcome> call_tool(RouterAccess access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
