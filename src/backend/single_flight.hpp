#pragma once

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Work under way whose outcome N who need it at the same time share. Thread-safe; calls back without a lock held.
template <typename Outcome>
class SingleFlight {
 public:
  using Done = std::function<void(Outcome)>;

  /// Adds one who waits for the work named `key`. Returns whether it is the first, who then does the work and calls
  /// `finish`.
  bool join(const std::string& key, Done done) {
    MutexLock lock(mutex_);
    std::vector<Done>& waiting = waiting_[key];
    waiting.push_back(std::move(done));
    return waiting.size() == 1;
  }

  /// Hands the outcome to all who wait. The next `join` begins anew.
  void finish(const std::string& key, const Outcome& outcome) {
    std::vector<Done> waiting;
    {
      MutexLock lock(mutex_);
      const auto found = waiting_.find(key);
      waiting.swap(found->second);
      waiting_.erase(found);
    }
    for (const Done& done : waiting) {
      done(outcome);
    }
  }

 private:
  Mutex mutex_;
  std::unordered_map<std::string, std::vector<Done>> waiting_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
