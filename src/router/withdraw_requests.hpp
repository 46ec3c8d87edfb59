#pragma once

#include <string>
#include <vector>

#include "live/live_session.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Tells the client which of the requests that it was `asked`, by their ids towards it, it need not answer any more,
/// since their call is over (CAN-03). What comes of it is sent before the response.
Task<void> withdraw_requests(LiveSession& live, const std::vector<std::string>& asked, Reply& reply);

}  // namespace mcprouter::detail
