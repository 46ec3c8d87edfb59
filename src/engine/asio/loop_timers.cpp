#include "engine/asio/loop_timers.hpp"

#include <utility>

#include "engine/asio/loop.hpp"

namespace mcprouter::detail {
namespace {

// Of an id, above the index of the loop. More timers at once no loop has memory for.
constexpr std::size_t kMaxPlaces = 1u << 24;
// Above them.
constexpr std::uint32_t kMaxUses = 1u << 28;

std::size_t place_of(Executor::TimerId timer) { return timer / LoopTimers::kMaxLoops % kMaxPlaces; }

}  // namespace

LoopTimers::LoopTimers(Loop& loop, Deadlines& deadlines, std::size_t index)
    : loop_(loop), next_(deadlines, [this] { run_due(); }), index_(index) {}

LoopTimers::TimerId LoopTimers::add(TimePoint due, std::function<void()> work) {
  TimerId timer = 0;
  bool is_first = false;
  {
    MutexLock lock(mutex_);
    is_first = order_.empty() || due < order_.begin()->due;
    Timer& added = take_place();
    added.due = due;
    added.work = std::move(work);
    timer = added.id;
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
  const std::size_t place = place_of(timer);
  if (timer != 0 && place < places_.size() && places_[place].id == timer) dropped = leave(places_[place]);
}

void LoopTimers::clear() {
  std::vector<std::function<void()>> dropped;
  MutexLock lock(mutex_);
  while (!order_.empty()) dropped.push_back(leave(*order_.begin()));
}

/// An id says which loop, which place, and how often that was taken before.
LoopTimers::Timer& LoopTimers::take_place() {
  if (free_.empty()) {
    free_.push_back(places_.size());
    places_.emplace_back();
  }
  const std::size_t place = free_.back();
  free_.pop_back();
  Timer& timer = places_[place];
  timer.uses = timer.uses % (kMaxUses - 1) + 1;  // never 0, nor is the id
  timer.id = (TimerId{timer.uses} * kMaxPlaces + place) * kMaxLoops + index_;
  return timer;
}

std::function<void()> LoopTimers::leave(Timer& timer) {
  timer.unlink();
  free_.push_back(place_of(std::exchange(timer.id, 0)));
  return std::exchange(timer.work, nullptr);
}

void LoopTimers::set_deadline() {
  MutexLock lock(mutex_);
  if (!order_.empty()) next_.set(order_.begin()->due);
}

void LoopTimers::run_due() {
  loop_.deadlines().read_clock();
  const TimePoint now = loop_.deadlines().now();
  for (;;) {
    std::function<void()> work;
    {
      MutexLock lock(mutex_);
      if (order_.empty() || order_.begin()->due > now) break;
      work = leave(*order_.begin());
    }
    work();
    loop_.deadlines().read_clock();
  }
  set_deadline();
}

}  // namespace mcprouter::detail
