#pragma once

#include <memory>
#include <unordered_map>

#include "mcprouter/http_client.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The exchanges under way, so that a shutdown can cancel them. Thread-safe.
class LiveStreams {
 public:
  /// Returns false once `cancel_all` was called: the exchange is then not to be started.
  bool add(const void* key, std::weak_ptr<HttpExchange> exchange);
  void remove(const void* key);
  /// Cancels what is under way and refuses what comes later.
  void cancel_all();

 private:
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::unordered_map<const void*, std::weak_ptr<HttpExchange>> exchanges_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
