#pragma once

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves completion/complete: asks the owner of the prompt or of the resource template that `params.ref` names. One
/// that offers no completions is not asked: there are no values then.
Task<Outcome> complete(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
