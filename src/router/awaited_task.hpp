#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/reply_reader.hpp"
#include "live/from_backend.hpp"
#include "protocol/input_required.hpp"
#include "protocol/task_translation.hpp"
#include "router/client_request.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What came of a task: it is over, or wants input that was not asked for before.
struct TaskNews {
  std::optional<ModernTask> task;  ///< Never `working`; `requests` are only the new ones.
  std::string error;               ///< Else: the backend's error, an object as written.
  UpstreamFailure failure;         ///< Without either: why nothing is known.
};

/// A task of a modern backend that a call waits for whose client knows no tasks. One that is given up is cancelled at
/// the backend.
///
/// Thread safety: one thread at a time.
class AwaitedTask {
 public:
  /// Requires: `hop.call` is set; its end ends what is awaited here.
  AwaitedTask(const RouterAccess& access, BackendHop hop, const ModernTask& created);
  ~AwaitedTask();
  AwaitedTask(const AwaitedTask&) = delete;
  AwaitedTask& operator=(const AwaitedTask&) = delete;

  /// Asks how the task is, as often as the backend suggests, until there are news.
  Task<TaskNews> news();
  /// Gives the backend what it asked for. Returns the response, or why there is none.
  Task<ReadMessage> update(const std::vector<InputResponse>& responses);

 private:
  const RouterAccess& access_;
  const BackendHop hop_;
  const std::string id_;
  std::chrono::milliseconds interval_;
  std::vector<std::string> asked_;  ///< Keys, which name one thing each as long as the task lives (TSK-06).
  bool over_ = false;
};

/// Says whether a modern backend refused a request, unrun, because its client did not declare to take tasks (TSK-02).
[[nodiscard]] bool wants_tasks(std::string_view error);

}  // namespace mcprouter::detail
