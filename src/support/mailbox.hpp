#pragma once

#include <coroutine>
#include <deque>
#include <utility>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// What several threads say to one coroutine, in the order in which they said it.
///
/// Thread safety: thread-safe; one awaiter at a time. Lifetime: outlives its awaiter.
template <typename T>
class Mailbox {
 public:
  /// Continues who waits, inside the call. Returns false, and drops the value, once it is closed.
  bool push(T value) {
    std::coroutine_handle<> waiter;
    {
      MutexLock lock(mutex_);
      if (closed_) {
        return false;
      }
      values_.push_back(std::move(value));
      waiter = std::exchange(waiter_, nullptr);
    }
    if (waiter) {
      waiter.resume();
    }
    return true;
  }

  /// Takes no more values, and returns those that nobody has taken. Requires: nobody awaits one.
  std::deque<T> close() {
    MutexLock lock(mutex_);
    closed_ = true;
    return std::exchange(values_, {});
  }

  class Awaiter {
   public:
    explicit Awaiter(Mailbox& mailbox) : mailbox_(mailbox) {}
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> awaiter) {
      MutexLock lock(mailbox_.mutex_);
      if (!mailbox_.values_.empty()) {
        return false;
      }
      mailbox_.waiter_ = awaiter;
      return true;
    }
    T await_resume() {
      MutexLock lock(mailbox_.mutex_);
      T value = std::move(mailbox_.values_.front());
      mailbox_.values_.pop_front();
      return value;
    }

   private:
    Mailbox& mailbox_;
  };

  /// Awaits the next value. Make it a local variable and then `co_await` that.
  Awaiter next() { return Awaiter(*this); }

 private:
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::deque<T> values_ MCPROUTER_GUARDED_BY(mutex_);
  std::coroutine_handle<> waiter_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
