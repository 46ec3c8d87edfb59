#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace mcprouter {

using Clock = std::chrono::steady_clock;
using TimePoint = Clock::time_point;

/// Where and when the core runs what is not driven by I/O. Implemented by an engine or the host.
///
/// Thread safety: thread-safe; no function blocks or runs the work before it returns.
/// Lifetime: outlives the Router. Work that has not begun when it is destroyed is dropped.
class Executor {
 public:
  using TimerId = std::uint64_t;

  virtual ~Executor() = default;

  /// Runs `work` soon, on a thread where nothing may block.
  virtual void post(std::function<void()> work) = 0;
  /// Runs `work` soon, on a thread where blocking is allowed: calls of a SessionStore that `blocks()`.
  virtual void post_blocking(std::function<void()> work) = 0;
  /// Runs `work` once, not before `delay` has passed. Returns an id, never 0, for `cancel`.
  virtual TimerId post_after(std::chrono::milliseconds delay, std::function<void()> work) = 0;
  /// Drops a timer's work if it has not begun. An id that is over is ignored.
  virtual void cancel(TimerId timer) = 0;
  /// The only clock the core knows. While `work` runs it may stand still at the time when that began, as it does in the
  /// asio engine: what takes no wait takes no time, then.
  [[nodiscard]] virtual TimePoint now() const = 0;
};

}  // namespace mcprouter
