#include "live/idle_watch.hpp"

#include "support/recycled.hpp"

namespace mcprouter::detail {

using std::chrono::milliseconds;

std::shared_ptr<IdleWatch> IdleWatch::start(Executor& executor, milliseconds limit, std::shared_ptr<RunningCall> call) {
  auto watch = make_recycled<IdleWatch>(Private{}, executor, limit, std::move(call));
  watch->arm(limit);
  return watch;
}

void IdleWatch::stop() {
  Executor::TimerId timer = 0;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    timer = std::exchange(timer_, 0);
  }
  if (timer != 0) {
    executor_.cancel(timer);
  }
}

void IdleWatch::arm(milliseconds delay) {
  const Executor::TimerId timer = executor_.post_after(delay, [self = shared_from_this()] { self->look(); });
  bool too_late = false;
  {
    MutexLock lock(mutex_);
    too_late = stopped_;
    timer_ = timer;
  }
  if (too_late) {
    executor_.cancel(timer);
  }
}

void IdleWatch::look() {
  const TimePoint now = executor_.now();
  {
    MutexLock lock(mutex_);
    if (stopped_) {
      return;
    }
  }
  if (call_->waiting_requests > 0) {
    call_->heard = now;
  }
  const auto silent = std::chrono::duration_cast<milliseconds>(now - call_->heard.load());
  if (silent < limit_) {
    arm(limit_ - silent);
    return;
  }
  call_->end(RunningCall::Ended::timed_out);
}

}  // namespace mcprouter::detail
