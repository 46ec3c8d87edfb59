#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "mcprouter/executor.hpp"
#include "support/await.hpp"
#include "support/recycled.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Tells work that waits for something to stop waiting. Thread-safe; what is woken is called without a lock held.
class StopSignal {
 public:
  [[nodiscard]] bool stopped() const { return stopped_; }

  /// Stops everyone, now and later. The second call does nothing.
  void stop() {
    Waitings waiting;
    {
      MutexLock lock(mutex_);
      stopped_ = true;
      waiting.swap(waiting_);
    }
    for (const Waiting& one : waiting) {
      one.wake();
    }
  }

  /// Sets what ends what `who` waits for next, in place of what it waited for before. Called at once if it is too late.
  void set(const void* who, std::function<void()> wake) {
    {
      MutexLock lock(mutex_);
      if (!stopped_) {
        const auto found = find(who);
        if (found == waiting_.end()) {
          waiting_.push_back({who, std::move(wake)});
        } else {
          found->wake = std::move(wake);
        }
        return;
      }
    }
    wake();
  }
  void clear(const void* who) {
    MutexLock lock(mutex_);
    const auto found = find(who);
    if (found != waiting_.end()) {
      waiting_.erase(found);
    }
  }

 private:
  struct Waiting {
    const void* who;
    std::function<void()> wake;
  };

  using Waitings = std::vector<Waiting, FrameAllocator<Waiting>>;  ///< Few: one a backend at most.

  Waitings::iterator find(const void* who) MCPROUTER_REQUIRES(mutex_) {
    return std::find_if(waiting_.begin(), waiting_.end(), [who](const Waiting& one) { return one.who == who; });
  }

  Mutex mutex_;
  std::atomic<bool> stopped_{false};  ///< Changes with the mutex held.
  Waitings waiting_ MCPROUTER_GUARDED_BY(mutex_);
};

/// Returns a signal that stops with this one, for one of several who work for the same end. It may outlive it.
inline std::shared_ptr<StopSignal> part_of(StopSignal& whole) {
  auto part = std::make_shared<StopSignal>();
  whole.set(part.get(), [part] { part->stop(); });
  return part;
}

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
