#pragma once

#include <atomic>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <memory>
#include <mutex>

#include "engine/asio/loop.hpp"
#include "mcprouter/executor.hpp"

namespace mcprouter::detail {

/// Executor on event loops: work stays on the loop it comes from. Work that may block has a few threads of its own,
/// from the first of it on.
///
/// Thread safety: thread-safe. Lifetime: the loops outlive it.
class LoopExecutor final : public Executor {
 public:
  explicit LoopExecutor(Loops& loops) : loops_(loops) {}
  ~LoopExecutor() override;

  void post(std::function<void()> work) override;
  void post_blocking(std::function<void()> work) override;
  TimerId post_after(std::chrono::milliseconds delay, std::function<void()> work) override;
  void cancel(TimerId timer) override;
  /// On a loop, the time at which that began what it does now.
  [[nodiscard]] TimePoint now() const override;

  /// The loop that this thread runs, else each in turn.
  [[nodiscard]] Loop& loop();

 private:
  Loops& loops_;
  std::atomic<std::size_t> turn_ = 0;
  std::once_flag blocking_once_;
  std::unique_ptr<boost::asio::thread_pool> blocking_;
};

}  // namespace mcprouter::detail
