#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Tells those who use an upstream session beside its calls that the backend lost it, which a call finds out.
///
/// Thread-safe; calls nobody while it holds its lock. One entry a stream that is open for no request.
class LostUpstreams {
 public:
  /// `lost` is called once, at most, if that upstream session is found to be lost. `who` is unique.
  void watch(std::uint64_t serial, const void* who, std::function<void()> lost) {
    MutexLock lock(mutex_);
    watching_.emplace(serial, Watching{who, std::move(lost)});
  }
  /// Returns false if `who` was told already.
  bool forget(std::uint64_t serial, const void* who) {
    MutexLock lock(mutex_);
    const auto [begin, end] = watching_.equal_range(serial);
    for (auto entry = begin; entry != end; ++entry) {
      if (entry->second.who == who) {
        watching_.erase(entry);
        return true;
      }
    }
    return false;
  }
  void tell(std::uint64_t serial) {
    std::vector<Watching> told;
    {
      MutexLock lock(mutex_);
      const auto [begin, end] = watching_.equal_range(serial);
      for (auto entry = begin; entry != end; ++entry) {
        told.push_back(std::move(entry->second));
      }
      watching_.erase(begin, end);
    }
    for (const Watching& one : told) {
      one.lost();
    }
  }

 private:
  struct Watching {
    const void* who;
    std::function<void()> lost;
  };

  Mutex mutex_;
  std::unordered_multimap<std::uint64_t, Watching> watching_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
