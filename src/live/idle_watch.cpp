#include "live/idle_watch.hpp"

#include <algorithm>
#include <utility>

#include "support/recycled.hpp"

namespace mcprouter::detail {

using std::chrono::milliseconds;

namespace {

// How long a client waits before it gets the beginning of a stream that it can come back to.
constexpr milliseconds kPatience{1'000};

}  // namespace

std::shared_ptr<IdleWatch> IdleWatch::start(Executor& executor, milliseconds limit, std::shared_ptr<RunningCall> call) {
  auto watch = make_recycled<IdleWatch>(Private{}, executor, limit, std::move(call));
  watch->arm(std::min(limit, kPatience));
  return watch;
}

void IdleWatch::expect(const std::shared_ptr<MessageStream>& stream) {
  {
    MutexLock lock(mutex_);
    stream_ = stream;
    if (!is_late_) {
      return;
    }
  }
  stream->nudge();
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
  std::shared_ptr<MessageStream> late;
  {
    MutexLock lock(mutex_);
    if (stopped_) {
      return;
    }
    if (!std::exchange(is_late_, true)) {
      late = stream_.lock();
    }
  }
  if (late) {
    late->nudge();
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
