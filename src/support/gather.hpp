#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "mcprouter/executor.hpp"
#include "support/await.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Where the parts of one `gather` meet.
template <typename T>
class Gathering {
 public:
  explicit Gathering(std::size_t parts) : results_(parts), missing_(parts) {}

  void on_done(std::function<void(bool)> done) {
    {
      MutexLock lock(mutex_);
      if (missing_ > 0) {
        done_ = std::move(done);
        return;
      }
    }
    done(true);
  }

  void add(std::size_t index, std::optional<T> result) {
    std::function<void(bool)> done;
    {
      MutexLock lock(mutex_);
      if (closed_) {
        return;
      }
      results_[index] = std::move(result);
      if (--missing_ > 0) {
        return;
      }
      done = std::exchange(done_, nullptr);
    }
    if (done) {
      done(true);
    }
  }

  void give_up() {
    std::function<void(bool)> done;
    {
      MutexLock lock(mutex_);
      done = std::exchange(done_, nullptr);
    }
    if (done) {
      done(false);
    }
  }

  std::vector<std::optional<T>> take() {
    MutexLock lock(mutex_);
    closed_ = true;
    return std::move(results_);
  }

 private:
  Mutex mutex_;
  std::vector<std::optional<T>> results_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t missing_ MCPROUTER_GUARDED_BY(mutex_);
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::function<void(bool)> done_ MCPROUTER_GUARDED_BY(mutex_);
};

template <typename T>
Task<void> gather_part(std::shared_ptr<Gathering<T>> gathering, std::size_t index, Task<T> task) {
  std::optional<T> result;
  try {
    T value = co_await std::move(task);
    result.emplace(std::move(value));
  } catch (...) {
    result.reset();
  }
  gathering->add(index, std::move(result));
}

/// Runs tasks side by side, each by `run`, and returns what they returned, in their order. A task that has not ended
/// after `deadline` runs on without an audience and leaves its place empty, so tasks own what they use; one that throws
/// leaves it empty too. `stop` ends the wait before; may be null.
template <typename T>
Task<std::vector<std::optional<T>>> gather(Executor& executor, const std::function<void(Task<void>)>& run,
                                           std::vector<Task<T>> tasks, std::chrono::milliseconds deadline,
                                           StopSignal* stop = nullptr) {
  auto gathering = std::make_shared<Gathering<T>>(tasks.size());
  for (std::size_t index = 0; index < tasks.size(); ++index) {
    run(gather_part<T>(gathering, index, std::move(tasks[index])));
  }
  const Executor::TimerId timer = executor.post_after(deadline, [gathering] { gathering->give_up(); });
  Callback<bool> all_ended([&gathering, stop](std::function<void(bool)> done) {
    gathering->on_done(std::move(done));
    if (stop != nullptr) {
      stop->set(gathering.get(), [gathering] { gathering->give_up(); });
    }
  });
  co_await all_ended;
  executor.cancel(timer);
  if (stop != nullptr) {
    stop->clear(gathering.get());
  }
  co_return gathering->take();
}

}  // namespace mcprouter::detail
