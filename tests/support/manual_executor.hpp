#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "mcprouter/executor.hpp"

namespace mcprouter::test {

/// An executor whose clock stands still until the test moves it, and which runs work when the test says so.
class ManualExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    posted_.push_back(std::move(work));
  }
  void post_blocking(std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    ++posted_blocking_;
    posted_.push_back(std::move(work));
  }
  TimerId post_after(std::chrono::milliseconds delay, std::function<void()> work) override {
    const std::lock_guard lock(mutex_);
    timers_.emplace(std::pair(now_ + delay, ++last_timer_), std::move(work));
    return last_timer_;
  }
  void cancel(TimerId timer) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(timers_, [timer](const auto& entry) { return entry.first.second == timer; });
  }
  [[nodiscard]] TimePoint now() const override {
    const std::lock_guard lock(mutex_);
    return now_;
  }

  /// Runs what was posted, and what that posts.
  void run() {
    while (const auto work = take_posted()) {
      work();
    }
  }

  /// Moves the clock and fires the timers that are due, in order.
  void advance(std::chrono::milliseconds by) {
    const TimePoint until = now() + by;
    run();
    while (const auto work = take_due(until)) {
      work();
      run();
    }
    const std::lock_guard lock(mutex_);
    now_ = until;
  }

  [[nodiscard]] std::size_t timers() const {
    const std::lock_guard lock(mutex_);
    return timers_.size();
  }
  [[nodiscard]] std::size_t posted_blocking() const {
    const std::lock_guard lock(mutex_);
    return posted_blocking_;
  }

 private:
  std::function<void()> take_posted() {
    const std::lock_guard lock(mutex_);
    if (posted_.empty()) {
      return nullptr;
    }
    auto work = std::move(posted_.front());
    posted_.pop_front();
    return work;
  }
  std::function<void()> take_due(TimePoint until) {
    const std::lock_guard lock(mutex_);
    if (timers_.empty() || timers_.begin()->first.first > until) {
      return nullptr;
    }
    now_ = timers_.begin()->first.first;
    auto work = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    return work;
  }

  mutable std::mutex mutex_;
  TimePoint now_{std::chrono::hours(1)};
  TimerId last_timer_ = 0;
  std::size_t posted_blocking_ = 0;
  std::deque<std::function<void()>> posted_;
  std::map<std::pair<TimePoint, TimerId>, std::function<void()>> timers_;
};

}  // namespace mcprouter::test
