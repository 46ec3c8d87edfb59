#pragma once

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves tasks/get, tasks/result and tasks/cancel of 2025-11-25: the id says whose task it is.
Task<Outcome> call_task(const RouterAccess& access, const ClientRequest& request, Reply& reply);

/// Serves tasks/list, for clients that are somebody: nobody else's tasks could be told from theirs (TSL-06).
Task<Outcome> list_tasks(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
