#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "mcprouter/backend_session_manager.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The handshakes under way, so that N first needs share one. Thread-safe.
class Handshakes {
 public:
  using Done = std::function<void(BackendSessionManager::Acquired)>;

  /// Adds one who waits for the handshake named `key`. Returns whether it is the first, who then makes the handshake
  /// and calls `finish`.
  bool join(const std::string& key, Done done);
  /// Hands the outcome to all who wait. The next `join` begins anew.
  void finish(const std::string& key, const BackendSessionManager::Acquired& acquired);

  [[nodiscard]] bool idle();

 private:
  Mutex mutex_;
  std::unordered_map<std::string, std::vector<Done>> waiting_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
