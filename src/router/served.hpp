#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "router/client_request.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What the router says of its backends together.
struct Served {
  std::string capabilities;  ///< What they have, for this client's era and version (INIT-06, DSC-03).
  std::string instructions;  ///< The router's own, then theirs; empty: there are none.
  bool all_known = true;     ///< Every backend was reached at some time.
};

/// Says whether one of these backends is known to have a capability.
[[nodiscard]] bool any_has(BackendSessionManager& upstreams, const std::vector<BackendPtr>& backends,
                           std::string_view capability);

/// Finds out what `initialize` and `server/discover` declare to this client.
///
/// A backend that nobody has reached yet is reached now, for `Timeouts::list` at most; one that could not be reached a
/// moment ago is not waited for again. `request` outlives the call.
Task<Served> find_served(const RouterAccess& access, const ClientRequest& request);

}  // namespace mcprouter::detail
