#pragma once

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves subscriptions/listen of a modern client: listens to the backends that have what it wants to hear of, for as
/// long as it is there (requirements 4.7). Requires: `reply` takes streams.
Task<Outcome> listen_for_changes(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
