#pragma once

#include <optional>
#include <string>

#include "backend/upstream_http.hpp"
#include "live/from_backend.hpp"
#include "mcprouter/backend.hpp"
#include "router/client_request.hpp"
#include "router/reach.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// How a task of a session-ful backend is.
struct FacadeTaskState {
  std::optional<std::string> task;  ///< As the extension has it, with its contents.
  std::string error;                ///< Else: the backend's error, as written.
  UpstreamFailure failure;          ///< Without either: why nothing is known.
};

/// Asks the backend, in the session that the task lives in. What the task wants of its client is listened for from then
/// on; as long as nobody knows what that is, the task is at work. `exposed` is the id that the client knows.
/// `request` outlives the call.
Task<FacadeTaskState> facade_task_state(const RouterAccess& access, const ClientRequest& request, Lease lease,
                                        BackendPtr backend, std::string id, std::string exposed);

/// The hop to the session that a task lives in, for requests of our own.
[[nodiscard]] BackendHop task_hop(const RouterAccess& access, const ClientRequest& request, const Lease& lease,
                                  const BackendPtr& backend);

}  // namespace mcprouter::detail
