#pragma once

#include <cstddef>

namespace mcprouter::detail {

/// Memory for coroutine frames. A call makes a dozen of some hundred bytes each, which malloc is slow at, and gives
/// them back soon: each thread keeps what was given back to it, up to a bound, and frees it at its end.
///
/// Thread safety: thread-safe; a frame may be given back by another thread than took it.
class FrameCache {
 public:
  /// What a thread keeps at most, unless it says otherwise: there may be many threads.
  static constexpr std::size_t kMaxKept = 128u << 10;
  /// Larger frames are left to malloc.
  static constexpr std::size_t kLargestFrame = 4u << 10;

  /// Throws std::bad_alloc.
  static void* take(std::size_t size);
  /// Has the calling thread keep up to so much.
  static void keep_at_most(std::size_t bytes);
  /// Requires: `frame` was taken with this size.
  static void give_back(void* frame, std::size_t size) noexcept;
};

}  // namespace mcprouter::detail
