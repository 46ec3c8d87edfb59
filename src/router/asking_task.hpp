#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "live/backend_exchange.hpp"
#include "live/live_session.hpp"
#include "protocol/input_required.hpp"
#include "router/client_request.hpp"
#include "router/reach.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A task of a session-ful backend that wants input of a modern client. The backend asks over the answer to
/// `tasks/result`, which is held open here; what it asked is kept until the client, who comes back to ask how the task
/// is, has answered it.
///
/// Thread safety: thread-safe. Lifetime: shared; it lives at least as long as it listens.
class AskingTask : public std::enable_shared_from_this<AskingTask> {
 public:
  /// `hop.call` and `hop.session` are set; `lease` holds that session, and `live` is what goes on in it.
  AskingTask(const RouterAccess& access, BackendHop hop, Lease lease, std::shared_ptr<LiveSession> live);
  AskingTask(const AskingTask&) = delete;
  AskingTask& operator=(const AskingTask&) = delete;
  ~AskingTask() = default;

  /// Begins to listen. `ended` is called when there is nothing more to hear.
  void start(std::string task_id, std::function<void()> ended);
  /// Returns what waits for the client; the first is waited for, for a while. Each has a key of its own (TSK-06).
  Task<std::vector<InputRequest>> requests();
  /// Hands the client's answers to the backend.
  void answer(const std::vector<InputResponse>& responses);
  /// Nobody asks any more: the backend is told, but its task goes on.
  void give_up();

 private:
  struct Asked {
    InputRequest request;
    std::string id;       ///< As the backend wrote it.
    std::string of_task;  ///< What names the task, as written.
  };

  static Task<void> listen(std::shared_ptr<AskingTask> self, std::string task_id, std::function<void()> ended);
  void hear(const Message& message);
  void take_back(std::string_view id);
  /// Whoever waits for the first request goes on.
  void wake();
  std::vector<Asked> take_all();
  void post(std::string body);

  const RouterAccess& access_;
  const Lease lease_;
  const std::shared_ptr<LiveSession> live_;
  BackendExchange exchange_;

  Mutex mutex_;
  bool begun_ MCPROUTER_GUARDED_BY(mutex_) = false;  ///< It has asked something, or will not.
  std::vector<Asked> asked_ MCPROUTER_GUARDED_BY(mutex_);
  std::vector<std::function<void()>> waiting_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
