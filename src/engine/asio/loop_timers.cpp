#include "engine/asio/loop_timers.hpp"

#include "engine/asio/loop.hpp"

namespace mcprouter::detail {

LoopTimers::LoopTimers(Loop& loop, Deadlines& deadlines, std::size_t index, std::size_t count)
    : loop_(loop), next_(deadlines, [this] { run_due(); }), count_(count), last_(index) {}

LoopTimers::TimerId LoopTimers::add(TimePoint due, std::function<void()> work) {
  TimerId timer = 0;
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    timer = last_ += count_;
    is_first = order_.empty() || due < order_.begin()->due;
    Timer& added = timers_[timer];
    added.due = due;
    added.id = timer;
    added.work = std::move(work);
    order_.insert(order_.end(), added);  // mostly it is the last: looked for, it would be after all the others
  }
  if (!is_first) return timer;
  if (loop_.is_current()) {
    set_deadline();
  } else {
    loop_.post([this] { set_deadline(); });
  }
  return timer;
}

void LoopTimers::cancel(TimerId timer) {
  std::function<void()> dropped;  // destroyed without the lock
  MutexLock lock(mutex_);
  const auto found = timers_.find(timer);
  if (found == timers_.end()) return;
  dropped = std::move(found->second.work);
  timers_.erase(found);
}

void LoopTimers::clear() {
  std::unordered_map<TimerId, Timer> dropped;
  MutexLock lock(mutex_);
  dropped.swap(timers_);
  order_.clear();
}

void LoopTimers::set_deadline() {
  MutexLock lock(mutex_);
  if (!order_.empty()) next_.set(order_.begin()->due);
}

void LoopTimers::run_due() {
  const TimePoint now = Clock::now();
  for (;;) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      if (order_.empty() || order_.begin()->due > now) break;
      Timer& first = *order_.begin();
      work = std::move(first.work);
      timers_.erase(TimerId(first.id));
    }
    work();
  }
  set_deadline();
}

}  // namespace mcprouter::detail
