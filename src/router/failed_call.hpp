#pragma once

#include <string>

#include "backend/upstream_http.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Answers a request that its backend could not answer, and tells the observer why. `request` and `reply` outlive the
/// call.
Task<Outcome> answer_failed(const RouterAccess& access, const ClientRequest& request, std::string backend,
                            UpstreamFailure failure, Reply& reply);

}  // namespace mcprouter::detail
