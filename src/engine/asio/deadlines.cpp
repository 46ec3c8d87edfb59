#include "engine/asio/deadlines.hpp"

namespace mcprouter::detail {

void Deadline::set(TimePoint due) {
  due_ = due;
  if (is_linked()) {
    if (armed_ <= due) return;
    unlink();
  }
  deadlines_.arm(*this, due);
  deadlines_.set_timer();
}

void Deadlines::arm(Deadline& deadline, TimePoint at) {
  deadline.armed_ = at;
  order_.insert(deadline);
}

void Deadlines::set_timer() {
  if (order_.empty() || order_.begin()->armed_ >= timer_at_) return;
  timer_at_ = order_.begin()->armed_;
  timer_.expires_at(timer_at_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    timer_at_ = TimePoint::max();
    run_due();
    set_timer();
  });
}

void Deadlines::run_due() {
  const TimePoint now = Clock::now();
  while (!order_.empty() && order_.begin()->armed_ <= now) {
    Deadline& first = *order_.begin();
    first.unlink();
    if (first.due_ == TimePoint::max()) continue;
    if (first.due_ > now) {
      arm(first, first.due_);
      continue;
    }
    first.clear();
    first.expired_();  // may destroy it
  }
}

}  // namespace mcprouter::detail
