#include "engine/asio/loop_executor.hpp"

#include <algorithm>
#include <utility>

namespace mcprouter::detail {
namespace {

// For calls of a store that blocks.
constexpr std::size_t kBlockingThreads = 16;

}  // namespace

LoopExecutor::~LoopExecutor() {
  if (!blocking_) return;
  blocking_->stop();
  blocking_->join();
}

void LoopExecutor::post(std::function<void()> work) { loop().post(std::move(work)); }

void LoopExecutor::post_blocking(std::function<void()> work) {
  std::call_once(blocking_once_, [this] { blocking_ = std::make_unique<boost::asio::thread_pool>(kBlockingThreads); });
  boost::asio::post(*blocking_, std::move(work));
}

Executor::TimerId LoopExecutor::post_after(std::chrono::milliseconds delay, std::function<void()> work) {
  return loop().timers().add(Clock::now() + delay, std::move(work));
}

TimePoint LoopExecutor::now() const {
  Loop* const current = Loop::current();
  return current == nullptr ? Clock::now() : current->deadlines().now();
}

void LoopExecutor::cancel(TimerId timer) { loops_[LoopTimers::loop_of(timer)]->timers().cancel(timer); }

Loop& LoopExecutor::loop() {
  // A loop of another engine is none of ours.
  Loop* const current = Loop::current();
  if (current != nullptr && current->index() < loops_.size() && loops_[current->index()].get() == current) {
    return *current;
  }
  return *loops_[turn_.fetch_add(1, std::memory_order_relaxed) % loops_.size()];
}

}  // namespace mcprouter::detail
