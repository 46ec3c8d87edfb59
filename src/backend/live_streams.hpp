#pragma once

#include <list>
#include <memory>
#include <optional>

#include "mcprouter/http_client.hpp"
#include "support/recycled.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The exchanges under way, so that a shutdown can cancel them. Thread-safe.
class LiveStreams {
 private:
  using Exchanges = std::list<std::weak_ptr<HttpExchange>, FrameAllocator<std::weak_ptr<HttpExchange>>>;

 public:
  using Entry = Exchanges::iterator;

  /// Returns nothing once `cancel_all` was called: the exchange is then not to be started.
  std::optional<Entry> add(std::weak_ptr<HttpExchange> exchange);
  /// To be called once for each entry.
  void remove(Entry entry);
  /// Cancels what is under way and refuses what comes later.
  void cancel_all();

 private:
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  Exchanges exchanges_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
