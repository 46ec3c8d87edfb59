#pragma once

#include <atomic>
#include <chrono>
#include <coroutine>
#include <functional>
#include <optional>
#include <utility>

#include "mcprouter/executor.hpp"

namespace mcprouter::detail {

/// Awaits an operation that answers by callback: `start` is given the callback, which must be called exactly once,
/// inside `start` or later, from any thread.
///
/// Make it a local variable and then `co_await` that (g++ 12 mishandles some temporaries in await expressions).
template <typename T>
class Callback {
 public:
  using Start = std::function<void(std::function<void(T)>)>;

  explicit Callback(Start start) : start_(std::move(start)) {}
  Callback(const Callback&) = delete;
  Callback& operator=(const Callback&) = delete;

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter) {
    awaiter_ = awaiter;
    start_([this](T value) {
      value_.emplace(std::move(value));
      if (meeting_.exchange(true, std::memory_order_acq_rel)) {
        awaiter_.resume();
      }
    });
    // Whoever comes second to the meeting continues the coroutine.
    return !meeting_.exchange(true, std::memory_order_acq_rel);
  }
  T await_resume() { return std::move(*value_); }

 private:
  Start start_;
  std::coroutine_handle<> awaiter_;
  std::optional<T> value_;
  std::atomic<bool> meeting_{false};
};

/// Continues on a thread of the executor where blocking is allowed, or stays where it is.
class BlockingThread {
 public:
  BlockingThread(Executor& executor, bool needed) : executor_(executor), needed_(needed) {}

  [[nodiscard]] bool await_ready() const noexcept { return !needed_; }
  void await_suspend(std::coroutine_handle<> awaiter) const {
    executor_.post_blocking([awaiter] { awaiter.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  Executor& executor_;
  bool needed_;
};

/// Continues after a delay.
class Delay {
 public:
  Delay(Executor& executor, std::chrono::milliseconds delay) : executor_(executor), delay_(delay) {}

  [[nodiscard]] bool await_ready() const noexcept { return delay_.count() <= 0; }
  void await_suspend(std::coroutine_handle<> awaiter) const {
    executor_.post_after(delay_, [awaiter] { awaiter.resume(); });
  }
  void await_resume() const noexcept {}

 private:
  Executor& executor_;
  std::chrono::milliseconds delay_;
};

}  // namespace mcprouter::detail
