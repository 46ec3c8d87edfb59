#include "router/suspended_calls.hpp"

#include <utility>

#include "router/modern_call.hpp"

namespace mcprouter::detail {

bool SuspendedCalls::add(const std::string& state, std::shared_ptr<ModernCall> call, std::chrono::milliseconds patience,
                         std::size_t max) {
  MutexLock lock(mutex_);
  if (closed_ || calls_.size() >= max) {
    return false;
  }
  // The call keeps what it works with alive, and so this.
  const Executor::TimerId timer = executor_.post_after(patience, [this, held = std::weak_ptr<ModernCall>(call), state] {
    if (const auto still_there = held.lock()) {
      give_up(state);
    }
  });
  calls_.emplace(state, Entry{std::move(call), timer});
  return true;
}

std::shared_ptr<ModernCall> SuspendedCalls::take(const std::string& state) {
  Entry entry;
  {
    MutexLock lock(mutex_);
    const auto found = calls_.find(state);
    if (found == calls_.end()) {
      return nullptr;
    }
    entry = std::move(found->second);
    calls_.erase(found);
  }
  executor_.cancel(entry.timer);
  return std::move(entry.call);
}

void SuspendedCalls::close() {
  std::unordered_map<std::string, Entry> calls;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    calls.swap(calls_);
  }
  for (auto& [state, entry] : calls) {
    executor_.cancel(entry.timer);
    entry.call->abandon();
  }
}

void SuspendedCalls::give_up(const std::string& state) {
  std::shared_ptr<ModernCall> call;
  {
    MutexLock lock(mutex_);
    const auto found = calls_.find(state);
    if (found == calls_.end()) {
      return;
    }
    call = std::move(found->second.call);
    calls_.erase(found);
  }
  call->abandon();
}

}  // namespace mcprouter::detail
