#pragma once

#include <string>
#include <string_view>

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

// The extension io.modelcontextprotocol/tasks of 2026-07-28: a backend may answer a call with a task, which the client
// asks about by its id. Ids are minted here, and lead to their owner. Tasks of session-ful backends are served as such,
// too.

/// Says whether the router serves the extension: some backend has it, or runs calls as tasks of its own era (TSK-13).
[[nodiscard]] bool has_modern_tasks(BackendSessionManager& upstreams, const Routes& routes);

/// Says whether the client declared the extension in this very request (TSK-01).
[[nodiscard]] bool takes_tasks(const ClientRequest& request);

/// Tells a client that it has to declare the extension for this request (TSK-08, SUB-10).
Task<Outcome> refuse_without_tasks(const ClientRequest& request, Reply& reply);

/// Returns a modern backend's result that creates a task with the task's id as the client is to know it.
[[nodiscard]] std::string with_exposed_task(const RouterAccess& access, const ClientRequest& request,
                                            const std::string& backend, std::string_view result);

/// Serves tasks/get, tasks/update and tasks/cancel: the id says whose task it is. Requires: `has_modern_tasks`,
/// `takes_tasks`.
Task<Outcome> call_modern_task(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
