#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// How many of `whole` places streams that stay open may have: `most`, but one is always left for calls.
inline std::size_t places_of(std::size_t whole, std::size_t most) {
  return std::min(most, std::max<std::size_t>(whole, 1) - 1);
}

/// How many streams may be open, each of which holds a thread; a place is given back by letting go of the pointer.
///
/// Thread safety: thread-safe.
class StreamPlaces {
 public:
  /// With `whole`, a place takes one of those too: these are a part of them.
  explicit StreamPlaces(std::size_t max, std::shared_ptr<StreamPlaces> whole = nullptr)
      : whole_(std::move(whole)), free_(max) {}

  /// Returns a place, or nullptr if all are taken.
  static std::shared_ptr<void> take(const std::shared_ptr<StreamPlaces>& places);

 private:
  const std::shared_ptr<StreamPlaces> whole_;
  Mutex mutex_;
  std::size_t free_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
