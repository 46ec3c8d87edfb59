#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/reply_reader.hpp"
#include "backend/task_tools.hpp"
#include "live/from_backend.hpp"
#include "router/client_request.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

// Tasks of session-ful backends (2025-11-25) that the client knows nothing of, or knows as something else.

/// Finds out whether a call has to be a task at its session-ful backend, or can be. Asks the backend for its tools if
/// they were never listed. `call` is the request as the backend is to get it, a tools/call.
Task<TaskSupport> task_support(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                               std::string_view call);

/// What came of a call as a task.
struct CreatedTask {
  std::string id;        ///< Empty: there is no task, and `response` says what there is instead.
  ReadMessage response;  ///< The backend's, or why there is none.
};
/// Sends a call as a task. Awaits the answer also if the client goes away meanwhile: nobody could cancel a task whose
/// id is not known.
Task<CreatedTask> create_task(BackendHop hop, std::string call);

/// Tells a backend of either era that nobody wants its task (CAN-04).
Task<void> cancel_task(BackendHop hop, std::string id);

}  // namespace mcprouter::detail
