#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>

#include "mcprouter/executor.hpp"
#include "router/asking_task.hpp"
#include "router/client_shares.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The tasks of session-ful backends that want input of modern clients, by the ids that those know.
///
/// Thread safety: thread-safe.
class AskingTasks {
 public:
  explicit AskingTasks(Executor& executor) : executor_(executor) {}
  ~AskingTasks() = default;
  AskingTasks(const AskingTasks&) = delete;
  AskingTasks& operator=(const AskingTasks&) = delete;

  /// Keeps a task until `remove`; it is given up when it is not asked for within `patience`, and when the router ends.
  /// Returns the one that is there already instead, or nullptr when there are `max` or the client's share of them.
  std::shared_ptr<AskingTask> add(const std::string& id, const std::shared_ptr<AskingTask>& task,
                                  std::chrono::milliseconds patience, const std::string& client, std::size_t max);
  /// Returns nullptr if there is none. Its time begins anew.
  std::shared_ptr<AskingTask> find(const std::string& id);
  /// Does nothing if another one is there.
  void remove(const std::string& id, const AskingTask& task);
  /// Gives up all of them; none is added any more.
  void close();

 private:
  struct Entry {
    std::shared_ptr<AskingTask> task;
    std::chrono::milliseconds patience;
    Executor::TimerId timer;
    std::string client;
  };

  std::shared_ptr<AskingTask> touch(const std::string& id, Entry& entry) MCPROUTER_REQUIRES(mutex_);
  Executor::TimerId begin(const std::string& id, const std::shared_ptr<AskingTask>& task,
                          std::chrono::milliseconds patience);
  std::shared_ptr<AskingTask> take(const std::string& id, const AskingTask& task);

  Executor& executor_;
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  ClientShares shares_ MCPROUTER_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Entry> tasks_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
