#pragma once

#include <array>
#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <cstddef>
#include <exception>
#include <future>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "engine/asio/deadlines.hpp"
#include "engine/asio/loop_timers.hpp"
#include "engine/asio/readiness.hpp"

namespace mcprouter::detail {

/// An event loop and its thread. What belongs to a loop, above all its sockets while they are open, is touched by its
/// thread only.
///
/// SIGPIPE is blocked in the thread: TLS writes cannot be told to do without it, and a library must not change the
/// process's handler.
class Loop {
 public:
  /// Of one read from a socket.
  static constexpr std::size_t kScratch = 64u << 10;

  /// `index`: among the engine's. Begins to run at `start`. It looks for more to do for `busy_poll` before it sleeps.
  explicit Loop(std::size_t index, std::chrono::microseconds busy_poll = {});
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void start();
  /// Ends the thread after the handler that it runs now; what is posted and has not begun stays undone.
  void stop();

  /// The loop whose thread this is, or nullptr.
  [[nodiscard]] static Loop* current();
  /// Runs `work` on the thread, waits for its end and throws what it throws. Not from the thread itself.
  template <typename Work>
  void run(Work work) {
    std::promise<void> done;
    post([&] {
      try {
        work();
        done.set_value();
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    });
    done.get_future().get();
  }
  [[nodiscard]] bool is_current() const { return current() == this; }

  /// Runs `work` on the thread soon. From any thread.
  template <typename Work>
  void post(Work&& work) {
    boost::asio::post(posted_, std::forward<Work>(work));
    if (!is_current() && asleep_.exchange(false)) readiness_.wake();
  }

  [[nodiscard]] Deadlines& deadlines() { return deadlines_; }
  [[nodiscard]] LoopTimers& timers() { return timers_; }
  [[nodiscard]] Readiness& readiness() { return readiness_; }
  [[nodiscard]] std::size_t index() const { return index_; }
  /// A buffer for what a handler of a socket's readiness reads; such handlers do not nest. Its content does not outlive
  /// the handler.
  [[nodiscard]] std::array<char, kScratch>& scratch() { return *scratch_; }

 private:
  void run_thread();
  /// Waits for sockets, deadlines and what is posted.
  void wait();
  /// Looks for more without sleeping. Returns whether there is.
  bool poll_busily();
  /// Until the next deadline.
  [[nodiscard]] std::chrono::milliseconds time_left() const;

  const std::size_t index_;
  const std::chrono::microseconds busy_poll_;
  Deadlines deadlines_;
  LoopTimers timers_;
  Readiness readiness_;
  std::unique_ptr<std::array<char, kScratch>> scratch_;
  std::atomic<bool> asleep_ = false;  ///< Or about to be: who posts wakes it.
  // Only what is posted: it has no sockets and timers, and so nothing to ask the kernel. Goes before what its work
  // uses.
  boost::asio::io_context posted_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

using Loops = std::vector<std::unique_ptr<Loop>>;

}  // namespace mcprouter::detail
