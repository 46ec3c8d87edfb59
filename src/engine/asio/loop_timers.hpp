#pragma once

#include <boost/intrusive/set.hpp>
#include <cstddef>
#include <functional>
#include <unordered_map>

#include "engine/asio/deadlines.hpp"
#include "mcprouter/executor.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class Loop;

/// Work of the executor that waits for its time on one loop.
///
/// Thread safety: thread-safe; the work runs on the loop's thread.
class LoopTimers {
 public:
  using TimerId = Executor::TimerId;

  /// For `loop`, `index` of `count`: an id names its loop.
  LoopTimers(Loop& loop, Deadlines& deadlines, std::size_t index, std::size_t count);

  TimerId add(TimePoint due, std::function<void()> work);
  void cancel(TimerId timer);
  /// Drops all of it.
  void clear();

  /// The index of the loop that a timer belongs to.
  [[nodiscard]] static std::size_t loop_of(TimerId timer, std::size_t count) { return timer % count; }

 private:
  struct Timer : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    TimePoint due;
    TimerId id = 0;
    std::function<void()> work;

    friend bool operator<(const Timer& a, const Timer& b) { return a.due < b.due; }
  };

  void run_due();
  void set_deadline();

  Loop& loop_;
  Deadline next_;
  const std::size_t count_;
  Mutex mutex_;
  boost::intrusive::multiset<Timer, boost::intrusive::constant_time_size<false>> order_ MCPROUTER_GUARDED_BY(mutex_);
  std::unordered_map<TimerId, Timer> timers_ MCPROUTER_GUARDED_BY(mutex_);
  TimerId last_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
