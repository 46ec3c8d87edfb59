#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>

#include "backend/handshake.hpp"
#include "mcprouter/observer.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Ends upstream sessions in the background: DELETE with the session's id, version and headers (SES-08).
///
/// Each backend has a queue of its own with few exchanges under way, so that one that hangs delays no other. A full
/// queue gives up its oldest entry: the backend's own idle timeout ends that session.
///
/// Thread-safe. Lifetime: shared; exchanges under way keep it.
class Teardown : public std::enable_shared_from_this<Teardown> {
 public:
  Teardown(BackendAccess access, Timeouts timeouts, std::size_t max_message, Observer* observer)
      : access_(std::move(access)), timeouts_(timeouts), max_message_(max_message), observer_(observer) {}

  /// Ends one session at `backend`, if it has an id. Returns at once.
  void end(BackendPtr backend, UpstreamPtr upstream);

  /// Waits until nothing is left to end. Returns false when `deadline` passed first.
  bool wait_until_idle(std::chrono::steady_clock::time_point deadline);

 private:
  struct Ending {
    BackendPtr backend;
    UpstreamPtr upstream;
  };
  struct Queue {
    std::deque<Ending> waiting;
    std::size_t under_way = 0;
  };

  static Task<void> work_off(std::shared_ptr<Teardown> self, Ending ending);
  Task<bool> send_delete(const Ending& ending);

  BackendAccess access_;
  const Timeouts timeouts_;
  const std::size_t max_message_;
  Observer* observer_;

  Mutex mutex_;
  std::condition_variable_any idle_;
  std::size_t pending_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, Queue> queues_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
