#include "support/frame_cache.hpp"

#include <algorithm>
#include <cstddef>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using mcprouter::detail::FrameCache;

TEST_CASE("frames of any size can be taken, filled and given back", "[frames]") {
  for (std::size_t size = 1; size < 2 * FrameCache::kLargestFrame; ++size) {
    auto* const frame = static_cast<char*>(FrameCache::take(size));
    std::fill(frame, frame + size, 'x');
    FrameCache::give_back(frame, size);
  }
}

TEST_CASE("frames in use at the same time are apart", "[frames]") {
  constexpr std::size_t kFrames = 1'000;
  constexpr std::size_t kSize = 400;
  for (int round = 0; round < 2; ++round) {
    std::vector<char*> frames;
    for (std::size_t i = 0; i < kFrames; ++i) {
      frames.push_back(static_cast<char*>(FrameCache::take(kSize)));
      std::fill(frames.back(), frames.back() + kSize, static_cast<char>(i));
    }
    for (std::size_t i = 0; i < kFrames; ++i) {
      CHECK(std::count(frames[i], frames[i] + kSize, static_cast<char>(i)) == kSize);
      FrameCache::give_back(frames[i], kSize);
    }
  }
}

TEST_CASE("a frame may be given back by another thread, and after the thread's own end began", "[frames]") {
  struct Late {
    void* frame = nullptr;
    ~Late() { FrameCache::give_back(frame, 100); }
  };
  void* const frame = FrameCache::take(100);
  std::thread([frame] {
    static thread_local Late late;  // destroyed after what the cache makes later
    late.frame = FrameCache::take(100);
    FrameCache::give_back(frame, 100);
  }).join();
}
