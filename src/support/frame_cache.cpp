#include "support/frame_cache.hpp"

#include <array>
#include <new>
#include <utility>

namespace mcprouter::detail {
namespace {

// Those of glibc's malloc: nothing is lost by rounding up.
constexpr std::size_t kStep = 16;
constexpr std::size_t kOffset = 8;
constexpr std::size_t kSizes = FrameCache::kLargestFrame / kStep;

struct Free {
  Free* next;
};

/// Needs no destructor, so that it can be used to the very end of the thread.
struct Kept {
  std::array<Free*, kSizes> by_size{};
  std::size_t bytes = 0;
  std::size_t most = 0;  ///< Nothing before the thread first gives back, and after its end.
  std::size_t wanted = FrameCache::kMaxKept;
};
constinit thread_local Kept kept;

struct AtThreadEnd {
  AtThreadEnd() { kept.most = kept.wanted; }
  ~AtThreadEnd() {
    kept.most = kept.wanted = 0;
    for (Free* first : kept.by_size) {
      while (first != nullptr) ::operator delete(std::exchange(first, first->next));
    }
    kept.by_size = {};
  }
};

// Recycled memory would hide from AddressSanitizer that a frame is used after its end.
#if defined(__SANITIZE_ADDRESS__)
constexpr bool kIsOn = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kIsOn = false;
#else
constexpr bool kIsOn = true;
#endif
#else
constexpr bool kIsOn = true;
#endif

constexpr std::size_t index_of(std::size_t size) { return (size + kStep - kOffset - 1) / kStep; }
constexpr std::size_t rounded_size(std::size_t index) { return index * kStep + kOffset; }

}  // namespace

void* FrameCache::take(std::size_t size) {
  const std::size_t index = index_of(size);
  if (index >= kSizes) return ::operator new(size);
  const std::size_t rounded = rounded_size(index);
  Free* const first = kept.by_size[index];
  if (first == nullptr) return ::operator new(rounded);
  kept.by_size[index] = first->next;
  kept.bytes -= rounded;
  return first;
}

void FrameCache::keep_at_most(std::size_t bytes) {
  kept.wanted = bytes;
  if (kept.most > 0) kept.most = bytes;
}

void FrameCache::give_back(void* frame, std::size_t size) noexcept {
  const std::size_t index = index_of(size);
  const std::size_t rounded = rounded_size(index);
  if (!kIsOn || index >= kSizes) {
    ::operator delete(frame);
    return;
  }
  if (kept.bytes + rounded > kept.most) {
    // The first time it begins to keep.
    static thread_local AtThreadEnd at_thread_end;
    if (kept.bytes + rounded > kept.most) {
      ::operator delete(frame);
      return;
    }
  }
  kept.by_size[index] = new (frame) Free{kept.by_size[index]};
  kept.bytes += rounded;
}

}  // namespace mcprouter::detail
