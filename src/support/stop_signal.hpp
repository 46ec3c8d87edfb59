#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mcprouter/executor.hpp"
#include "support/await.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Tells work that waits for something to stop waiting. Thread-safe; what is woken is called without a lock held.
class StopSignal {
 public:
  [[nodiscard]] bool stopped() {
    MutexLock lock(mutex_);
    return stopped_;
  }

  /// Stops everyone, now and later. The second call does nothing.
  void stop() {
    std::unordered_map<const void*, std::function<void()>> waiting;
    {
      MutexLock lock(mutex_);
      stopped_ = true;
      waiting.swap(waiting_);
    }
    for (const auto& [who, wake] : waiting) {
      wake();
    }
  }

  /// Sets what ends what `who` waits for next, in place of what it waited for before. Called at once if it is too late.
  void set(const void* who, std::function<void()> wake) {
    {
      MutexLock lock(mutex_);
      if (!stopped_) {
        waiting_[who] = std::move(wake);
        return;
      }
    }
    wake();
  }
  void clear(const void* who) {
    MutexLock lock(mutex_);
    waiting_.erase(who);
  }

 private:
  Mutex mutex_;
  bool stopped_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::unordered_map<const void*, std::function<void()>> waiting_ MCPROUTER_GUARDED_BY(mutex_);
};

/// Waits until `delay` has passed, or until `signal` stops `who`. `executor` and `signal` outlive it.
inline Task<void> pause(Executor& executor, std::chrono::milliseconds delay, StopSignal& signal, const void* who) {
  Callback<bool> waiting([&](std::function<void(bool)> done) {
    auto is_over = std::make_shared<std::atomic<bool>>(false);
    const auto end = [is_over, done = std::move(done)] {
      if (!is_over->exchange(true)) {
        done(true);
      }
    };
    const Executor::TimerId timer = executor.post_after(delay, end);
    signal.set(who, [&executor, timer, end] {
      executor.cancel(timer);
      end();
    });
  });
  co_await waiting;
  signal.clear(who);
}

}  // namespace mcprouter::detail
