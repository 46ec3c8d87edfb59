#pragma once

#include <cstddef>
#include <memory>
#include <unordered_set>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class ClientListen;

/// What modern clients listen for at the moment.
///
/// Thread safety: thread-safe.
class ClientListens {
 public:
  enum class Added { yes, too_many, closed };

  Added add(const std::shared_ptr<ClientListen>& listen, std::size_t max);
  void remove(const std::shared_ptr<ClientListen>& listen);
  /// Ends all of them in good order; none is added any more.
  void close();

 private:
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::unordered_set<std::shared_ptr<ClientListen>> listens_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
