#include "backend/live_streams.hpp"

#include <utility>
#include <vector>

namespace mcprouter::detail {

std::optional<LiveStreams::Entry> LiveStreams::add(std::weak_ptr<HttpExchange> exchange) {
  MutexLock lock(mutex_);
  if (closed_) {
    return std::nullopt;
  }
  return exchanges_.insert(exchanges_.end(), std::move(exchange));
}

void LiveStreams::remove(Entry entry) {
  MutexLock lock(mutex_);
  exchanges_.erase(entry);
}

void LiveStreams::cancel_all() {
  std::vector<std::weak_ptr<HttpExchange>> exchanges;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    exchanges.assign(exchanges_.begin(), exchanges_.end());
  }
  for (const auto& weak : exchanges) {
    if (const auto exchange = weak.lock()) {
      exchange->cancel();
    }
  }
}

}  // namespace mcprouter::detail
