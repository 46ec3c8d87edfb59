#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <thread>
#include <vector>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Threads that come with the work, up to a bound, and go when there was none for a while. Work beyond waits in line.
///
/// SIGPIPE is blocked in every thread: TLS writes cannot be told to do without it, and a library must not change the
/// process's handler.
///
/// Thread safety: thread-safe. Work must not throw.
/// Lifetime: destruction drops what waits and joins; not from one of its own threads.
class WorkerPool {
 public:
  enum class Waiting { run, drop };

  WorkerPool(std::size_t max_threads, std::chrono::milliseconds idle);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Runs `work` on one of the threads. Returns false, and drops it, after `stop`.
  bool post(std::function<void()> work);
  /// Takes no new work and joins; what waits is run first, or dropped. The second call does nothing.
  void stop(Waiting waiting);

  /// Number of threads alive.
  [[nodiscard]] std::size_t threads() const;

 private:
  void run();
  void join_finished();

  const std::size_t max_threads_;
  const std::chrono::milliseconds idle_;
  mutable Mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable_any ended_;
  std::deque<std::function<void()>> waiting_ MCPROUTER_GUARDED_BY(mutex_);
  std::map<std::thread::id, std::thread> threads_ MCPROUTER_GUARDED_BY(mutex_);
  std::vector<std::thread> finished_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t idle_threads_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  bool stopped_ MCPROUTER_GUARDED_BY(mutex_) = false;
};

}  // namespace mcprouter::detail
