#pragma once

#include <boost/intrusive/set.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

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

  /// More loops no machine has processors for.
  static constexpr std::size_t kMaxLoops = 1u << 12;

  /// For `loop`, which is the one with that index: an id names its loop.
  LoopTimers(Loop& loop, Deadlines& deadlines, std::size_t index);

  TimerId add(TimePoint due, std::function<void()> work);
  void cancel(TimerId timer);
  /// Drops all of it.
  void clear();

  /// The index of the loop that a timer belongs to.
  [[nodiscard]] static std::size_t loop_of(TimerId timer) { return timer % kMaxLoops; }

 private:
  /// A place for a timer, which others have had before and will have after it: most calls need one, for a moment.
  struct Timer : boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
    TimePoint due;
    TimerId id = 0;  ///< 0: free.
    std::uint32_t uses = 0;
    std::function<void()> work;

    friend bool operator<(const Timer& a, const Timer& b) { return a.due < b.due; }
  };

  Timer& take_place() MCPROUTER_REQUIRES(mutex_);
  /// Returns the work that waited there.
  std::function<void()> leave(Timer& timer) MCPROUTER_REQUIRES(mutex_);
  void run_due();
  void set_deadline();

  Loop& loop_;
  Deadline next_;
  const std::size_t index_;
  Mutex mutex_;
  boost::intrusive::multiset<Timer, boost::intrusive::constant_time_size<false>> order_ MCPROUTER_GUARDED_BY(mutex_);
  std::deque<Timer> places_ MCPROUTER_GUARDED_BY(mutex_);
  std::vector<std::size_t> free_ MCPROUTER_GUARDED_BY(mutex_);  ///< Indices of places.
};

}  // namespace mcprouter::detail
