#pragma once

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves logging/setLevel: the session remembers the level for backends that join later, and those that have an
/// upstream session already are told now.
Task<Outcome> set_log_level(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
