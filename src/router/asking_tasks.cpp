#include "router/asking_tasks.hpp"

#include <utility>

namespace mcprouter::detail {

std::shared_ptr<AskingTask> AskingTasks::add(const std::string& id, const std::shared_ptr<AskingTask>& task,
                                             std::chrono::milliseconds patience, const std::string& client,
                                             std::size_t max) {
  MutexLock lock(mutex_);
  if (const auto found = tasks_.find(id); found != tasks_.end()) {
    return touch(id, found->second);
  }
  if (closed_ || tasks_.size() >= max || !shares_.take(client, max)) {
    return nullptr;
  }
  tasks_.emplace(id, Entry{task, patience, begin(id, task, patience), client});
  return task;
}

std::shared_ptr<AskingTask> AskingTasks::find(const std::string& id) {
  MutexLock lock(mutex_);
  const auto found = tasks_.find(id);
  return found == tasks_.end() ? nullptr : touch(id, found->second);
}

void AskingTasks::remove(const std::string& id, const AskingTask& task) { take(id, task); }

void AskingTasks::close() {
  std::unordered_map<std::string, Entry> tasks;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    tasks.swap(tasks_);
  }
  for (auto& [id, entry] : tasks) {
    executor_.cancel(entry.timer);
    entry.task->give_up();
  }
}

std::shared_ptr<AskingTask> AskingTasks::touch(const std::string& id, Entry& entry) {
  executor_.cancel(entry.timer);
  entry.timer = begin(id, entry.task, entry.patience);
  return entry.task;
}

Executor::TimerId AskingTasks::begin(const std::string& id, const std::shared_ptr<AskingTask>& task,
                                     std::chrono::milliseconds patience) {
  // The task keeps what it works with alive as long as it listens, and so this.
  return executor_.post_after(patience, [this, id, weak = std::weak_ptr<AskingTask>(task)] {
    if (const auto still_there = weak.lock()) {
      if (const auto taken = take(id, *still_there)) {
        taken->give_up();
      }
    }
  });
}

std::shared_ptr<AskingTask> AskingTasks::take(const std::string& id, const AskingTask& task) {
  MutexLock lock(mutex_);
  const auto found = tasks_.find(id);
  if (found == tasks_.end() || found->second.task.get() != &task) {
    return nullptr;
  }
  executor_.cancel(found->second.timer);
  std::shared_ptr<AskingTask> taken = std::move(found->second.task);
  shares_.give_back(found->second.client);
  tasks_.erase(found);
  return taken;
}

}  // namespace mcprouter::detail
