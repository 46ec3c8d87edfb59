#include "backend/live_streams.hpp"

#include <utility>

namespace mcprouter::detail {

bool LiveStreams::add(const void* key, std::weak_ptr<HttpExchange> exchange) {
  MutexLock lock(mutex_);
  if (closed_) {
    return false;
  }
  exchanges_.emplace(key, std::move(exchange));
  return true;
}

void LiveStreams::remove(const void* key) {
  MutexLock lock(mutex_);
  exchanges_.erase(key);
}

void LiveStreams::cancel_all() {
  std::unordered_map<const void*, std::weak_ptr<HttpExchange>> exchanges;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    exchanges.swap(exchanges_);
  }
  for (const auto& [key, weak] : exchanges) {
    if (const auto exchange = weak.lock()) {
      exchange->cancel();
    }
  }
}

}  // namespace mcprouter::detail
