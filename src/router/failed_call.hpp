#pragma once

#include <string>
#include <string_view>

#include "backend/upstream_http.hpp"
#include "mcprouter/error.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Ends the reply as what ended the request wants it: one that the client took back is not answered (CAN-03). Requires:
/// `request.has_ended()`. `request` and `reply` outlive the call, here and below.
Task<Outcome> answer_ended(const ClientRequest& request, std::string backend, Reply& reply);

/// Answers a request that is refused here, before any backend has it. `problem` is what was wrong with it, for people.
Task<Outcome> refuse(const ClientRequest& request, Reply& reply, Reason reason, std::string_view problem = {});

/// Answers a request that its backend could not answer, and tells the observer why. One that has ended is ended.
Task<Outcome> answer_failed(const RouterAccess& access, const ClientRequest& request, std::string backend,
                            UpstreamFailure failure, Reply& reply);

}  // namespace mcprouter::detail
