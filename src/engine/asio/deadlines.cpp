#include "engine/asio/deadlines.hpp"

namespace mcprouter::detail {

void Deadline::set(TimePoint due) {
  due_ = due;
  if (is_linked()) {
    if (armed_ <= due) return;
    unlink();
  }
  deadlines_.arm(*this, due);
}

void Deadline::end() {
  clear();
  unlink();
}

void Deadlines::arm(Deadline& deadline, TimePoint at) {
  deadline.armed_ = at;
  order_.insert(deadline);
}

void Deadlines::run_due() {
  const TimePoint now = now_;
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
