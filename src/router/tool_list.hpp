#pragma once

#include <string>
#include <vector>

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// The tools of all backends, as this client's session sees them.
struct ToolList {
  std::vector<std::string> tools;  ///< JSON objects under their exposed names, in deterministic order (LST-02).
  std::size_t answered = 0;        ///< Backends whose list is in it.
};

/// Asks all backends side by side; one that fails, or is slower than `Timeouts::list`, is left out and the Observer is
/// told. Teaches the routes' table of names what it sees.
Task<ToolList> gather_tools(RouterAccess access, const ClientRequest& request);

/// Serves tools/list. An error only if no backend answered.
Task<Outcome> list_tools(RouterAccess access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
