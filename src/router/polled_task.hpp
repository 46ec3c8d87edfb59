#pragma once

#include <memory>
#include <string>
#include <utility>

#include "protocol/listen_filter.hpp"
#include "protocol/task_translation.hpp"
#include "router/client_listen.hpp"
#include "router/client_request.hpp"
#include "router/facade_task_state.hpp"
#include "router/task_id.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A task of a session-ful backend that a modern client listens for. Such backends need not tell how their tasks are,
/// and a second stream in a session may be refused: so the backend is asked, as often as it suggests, and the client is
/// told when something is new.
class PolledTask {
 public:
  /// In whose name.
  struct Client {
    RoutesPtr routes;
    SessionPtr record;
    Headers headers;
  };

  /// `exposed` is the id that the client knows.
  PolledTask(const RouterAccess& access, std::shared_ptr<const Client> client, std::shared_ptr<ClientListen> listen,
             TaskOwner owner, std::string exposed)
      : access_(access),
        client_(std::move(client)),
        listen_(std::move(listen)),
        owner_(std::move(owner)),
        exposed_(std::move(exposed)) {}
  PolledTask(const PolledTask&) = delete;
  PolledTask& operator=(const PolledTask&) = delete;
  ~PolledTask() = default;

  /// Polls until the task is over or gone, or `stop`.
  static Task<void> poll(std::shared_ptr<PolledTask> self, std::shared_ptr<StopSignal> stop);
  /// Adds the task, if it is there.
  void add_granted(ListenFilter& all);

 private:
  /// An error, if not the backend's: the session that the task lived in is over.
  Task<FacadeTaskState> ask();
  /// Tells the client unless it was told the same before. Returns the task's state.
  ModernTask tell(std::string task);

  const RouterAccess& access_;
  const std::shared_ptr<const Client> client_;
  const std::shared_ptr<ClientListen> listen_;
  const TaskOwner owner_;
  const std::string exposed_;
  std::string told_;

  Mutex mutex_;
  bool is_there_ MCPROUTER_GUARDED_BY(mutex_) = false;
};

}  // namespace mcprouter::detail
