#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "live/running_call.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/session_store.hpp"

namespace mcprouter::detail {

/// A request of a backend that waits for the client's answer.
struct PendingRequest {
  BackendPtr backend;
  UpstreamPtr upstream;
  std::string id;                                   ///< As the backend wrote it.
  std::string progress_token;                       ///< As the backend wrote it; empty: it asked for no progress.
  std::string client_token;                         ///< What the client got in its place.
  std::vector<std::shared_ptr<RunningCall>> calls;  ///< Those that wait for it as well: the one it was made in.
  /// Called with the client's answer, a result or an error as written; null: it is sent to the backend as a message.
  std::function<void(bool is_result, std::string value)> answered;
  std::string of_task = {};  ///< What names the backend's task that it belongs to, as written; empty: none.
};

}  // namespace mcprouter::detail
