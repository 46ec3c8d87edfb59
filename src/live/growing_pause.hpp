#pragma once

#include <algorithm>
#include <chrono>
#include <utility>

#include "mcprouter/executor.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// The pauses between tries to listen to a backend, each twice as long as the one before.
///
/// Thread safety: one thread at a time.
class GrowingPause {
 public:
  using Duration = std::chrono::milliseconds;

  explicit GrowingPause(Duration first) : first_(first), next_(first) {}

  /// Takes the next one, which ends when `signal` stops `who`. `executor` and `signal` outlive it.
  Task<void> take(Executor& executor, StopSignal& signal, const void* who) {
    return pause(executor, std::exchange(next_, std::min(next_ * 2, kLargest)), signal, who);
  }
  void begin_anew() { next_ = first_; }
  /// The backend says how long the next one is to be, which counts within reason.
  void suggest(Duration next) { next_ = std::min(std::max(next, first_ / 10), kLargest); }
  [[nodiscard]] Duration next() const { return next_; }

 private:
  static constexpr Duration kLargest{30'000};

  const Duration first_;
  Duration next_;
};

}  // namespace mcprouter::detail
