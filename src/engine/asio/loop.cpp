#include "engine/asio/loop.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>

#include "support/frame_cache.hpp"

namespace mcprouter::detail {
namespace {

// Then sockets and deadlines have their turn.
constexpr int kPostedAtOnce = 128;
// Of some 128 calls at once.
constexpr std::size_t kFrames = 2u << 20;
constexpr std::chrono::milliseconds kLongest{60'000};

thread_local Loop* current_loop = nullptr;

}  // namespace

Loop::Loop(std::size_t index, std::chrono::microseconds busy_poll)
    : index_(index),
      busy_poll_(busy_poll),
      timers_(*this, deadlines_, index),
      scratch_(std::make_unique<std::array<char, kScratch>>()),
      work_(posted_.get_executor()) {}

Loop::~Loop() { stop(); }

void Loop::start() {
  thread_ = std::thread([this] { run_thread(); });
}

void Loop::stop() {
  posted_.stop();
  readiness_.wake();
  if (thread_.joinable()) thread_.join();
}

Loop* Loop::current() { return current_loop; }

void Loop::run_thread() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
  current_loop = this;
  FrameCache::keep_at_most(kFrames);
  deadlines_.read_clock();
  while (!posted_.stopped()) {
    for (int count = 0; count < kPostedAtOnce && posted_.poll_one() > 0; ++count) {
      deadlines_.read_clock();
    }
    wait();
    deadlines_.read_clock();
    readiness_.go_on([this] { deadlines_.read_clock(); });
    deadlines_.read_clock();
    deadlines_.run_due();
  }
  current_loop = nullptr;
}

void Loop::wait() {
  asleep_ = true;
  if (posted_.poll_one() > 0) {
    readiness_.wait(std::chrono::milliseconds(0));
  } else if (!poll_busily()) {
    readiness_.wait(time_left());
  }
  asleep_ = false;
}

bool Loop::poll_busily() {
  if (busy_poll_ <= std::chrono::microseconds(0)) return false;
  const TimePoint until = std::min(Clock::now() + busy_poll_, deadlines_.next());
  // What is posted wakes the wait, and so ends this.
  while (!readiness_.wait(std::chrono::milliseconds(0))) {
    std::this_thread::yield();
    if (Clock::now() >= until) return false;
  }
  return true;
}

std::chrono::milliseconds Loop::time_left() const {
  const TimePoint next = deadlines_.next();
  if (next == TimePoint::max()) return kLongest;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), kLongest);
}

}  // namespace mcprouter::detail
