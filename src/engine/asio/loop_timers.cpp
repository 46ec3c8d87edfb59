#include "engine/asio/loop_timers.hpp"

#include <boost/asio/dispatch.hpp>

namespace mcprouter::detail {

LoopTimers::LoopTimers(boost::asio::io_context& context, Deadlines& deadlines, std::size_t index, std::size_t count)
    : context_(context), next_(deadlines, [this] { run_due(); }), count_(count), last_(index) {}

LoopTimers::TimerId LoopTimers::add(TimePoint due, std::function<void()> work) {
  TimerId timer = 0;
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    timer = last_ += count_;
    is_first = waiting_.empty() || due < waiting_.begin()->first.first;
    waiting_.emplace(Due(due, timer), std::move(work));
    due_.emplace(timer, due);
  }
  if (is_first) boost::asio::dispatch(context_, [this] { set_deadline(); });
  return timer;
}

void LoopTimers::cancel(TimerId timer) {
  std::function<void()> dropped;  // destroyed without the lock
  MutexLock lock(mutex_);
  const auto due = due_.find(timer);
  if (due == due_.end()) return;
  const auto waiting = waiting_.find(Due(due->second, timer));
  dropped = std::move(waiting->second);
  waiting_.erase(waiting);
  due_.erase(due);
}

void LoopTimers::clear() {
  std::map<Due, std::function<void()>> dropped;
  MutexLock lock(mutex_);
  dropped.swap(waiting_);
  due_.clear();
}

void LoopTimers::set_deadline() {
  MutexLock lock(mutex_);
  if (!waiting_.empty()) next_.set(waiting_.begin()->first.first);
}

void LoopTimers::run_due() {
  const TimePoint now = Clock::now();
  for (;;) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      if (waiting_.empty() || waiting_.begin()->first.first > now) break;
      work = std::move(waiting_.begin()->second);
      due_.erase(waiting_.begin()->first.second);
      waiting_.erase(waiting_.begin());
    }
    work();
  }
  set_deadline();
}

}  // namespace mcprouter::detail
