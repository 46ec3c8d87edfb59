#pragma once

#include <string>

#include "mcprouter/backend.hpp"
#include "router/client_request.hpp"
#include "router/reach.hpp"
#include "router/relay.hpp"
#include "router/reply.hpp"
#include "router/task_id.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

// Tasks of session-ful backends (2025-11-25) as those of the extension io.modelcontextprotocol/tasks (requirements
// 4.11). Such a task lives in a session at its backend, which the id leads to: it is found again for as long as that
// session is used, whatever the client's capabilities.

/// Serves a modern client's tools/call as a task at the backend that was reached for it. `body` is the request as a
/// session-ful backend is to get it. A backend that answers at once is free to. `bound_to` is what the same request of
/// the same client has in common with its next try.
Task<Outcome> create_facade_task(const RouterAccess& access, const ClientRequest& request, Reached reached,
                                 BackendPtr backend, std::string body, Reply& reply, ResultHook on_result,
                                 std::string bound_to);

/// Serves tasks/get, tasks/update and tasks/cancel of such a task. `on_result` goes over what the client gets.
Task<Outcome> call_facade_task(const RouterAccess& access, const ClientRequest& request, TaskOwner owner,
                               BackendPtr backend, Reply& reply, ResultHook on_result);

}  // namespace mcprouter::detail
