#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <thread>
#include <unordered_map>
#include <utility>

#include "engine/httplib/worker_pool.hpp"
#include "mcprouter/executor.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Executor on threads of its own: a few for work that does not block, more for work that may, one for timers.
///
/// Neither kind of work waits for the other, or for exchanges, which have their own threads.
///
/// Thread safety: thread-safe.
/// Lifetime: destruction drops what has not begun and joins; not from one of its own threads.
class PoolExecutor final : public Executor {
 public:
  PoolExecutor();
  ~PoolExecutor() override;

  void post(std::function<void()> work) override;
  void post_blocking(std::function<void()> work) override;
  TimerId post_after(std::chrono::milliseconds delay, std::function<void()> work) override;
  void cancel(TimerId timer) override;
  [[nodiscard]] TimePoint now() const override { return Clock::now(); }

 private:
  using Due = std::pair<TimePoint, TimerId>;

  void run_timers();

  WorkerPool posts_;
  WorkerPool blocking_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  std::map<Due, std::function<void()>> timers_ MCPROUTER_GUARDED_BY(mutex_);
  std::unordered_map<TimerId, TimePoint> due_ MCPROUTER_GUARDED_BY(mutex_);
  TimerId last_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  bool stopped_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::thread timer_thread_;
};

}  // namespace mcprouter::detail
