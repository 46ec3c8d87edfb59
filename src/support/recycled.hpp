#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include "support/frame_cache.hpp"

namespace mcprouter::detail {

/// Memory of FrameCache for other things than frames.
template <typename T>
struct FrameAllocator {
  using value_type = T;

  FrameAllocator() = default;
  template <typename U>
  explicit FrameAllocator(const FrameAllocator<U>&) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(FrameCache::take(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { FrameCache::give_back(memory, count * sizeof(T)); }

  friend bool operator==(const FrameAllocator&, const FrameAllocator&) { return true; }
};

/// std::make_shared for the larger of what comes and goes with each call: with many at once malloc is as slow for them
/// as for their frames.
template <typename T, typename... Arguments>
std::shared_ptr<T> make_recycled(Arguments&&... arguments) {
  static_assert(alignof(T) <= alignof(std::max_align_t));
  return std::allocate_shared<T>(FrameAllocator<T>(), std::forward<Arguments>(arguments)...);
}

}  // namespace mcprouter::detail
