#pragma once

#include <string>

#include "router/client_request.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What the router says of its backends together.
struct Served {
  std::string capabilities;  ///< What they have, for this client's era and version (INIT-06, DSC-03).
  std::string instructions;  ///< The router's own, then theirs; empty: there are none.
  bool all_known = true;     ///< Every backend was reached at some time.
};

/// Finds out what `initialize` and `server/discover` declare to this client.
///
/// A backend that nobody has reached yet is reached now, for `Timeouts::list` at most; one that could not be reached a
/// moment ago is not waited for again. `request` outlives the call.
Task<Served> find_served(const RouterAccess& access, const ClientRequest& request);

}  // namespace mcprouter::detail
