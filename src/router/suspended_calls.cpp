#include "router/suspended_calls.hpp"

#include <utility>

#include "router/modern_call.hpp"

namespace mcprouter::detail {

bool SuspendedCalls::add(const std::string& state, std::shared_ptr<ModernCall> call, std::chrono::milliseconds patience,
                         const std::string& client, std::size_t max) {
  MutexLock lock(mutex_);
  if (closed_ || calls_.size() >= max || !shares_.take(client, max)) {
    return false;
  }
  // The call keeps what it works with alive, and so this.
  const Executor::TimerId timer = executor_.post_after(patience, [this, held = std::weak_ptr<ModernCall>(call), state] {
    if (const auto still_there = held.lock()) {
      give_up(state);
    }
  });
  calls_.emplace(state, Entry{std::move(call), timer, client});
  return true;
}

std::shared_ptr<ModernCall> SuspendedCalls::take(const std::string& state) {
  Entry entry = remove(state);
  if (entry.call) {
    executor_.cancel(entry.timer);
  }
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
  if (const Entry entry = remove(state); entry.call) {
    entry.call->abandon();
  }
}

SuspendedCalls::Entry SuspendedCalls::remove(const std::string& state) {
  MutexLock lock(mutex_);
  const auto found = calls_.find(state);
  if (found == calls_.end()) {
    return {};
  }
  Entry entry = std::move(found->second);
  calls_.erase(found);
  shares_.give_back(entry.client);
  return entry;
}

}  // namespace mcprouter::detail
