#pragma once

#include <atomic>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "mcprouter/executor.hpp"
#include "mcprouter/session_store.hpp"
#include "support/stop_signal.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A client's request, while it is served. Thread-safe.
class RunningCall {
 public:
  /// What it has to do with a task that the client knows of (2025-11-25).
  enum class TaskRole {
    none,
    makes,
    ends,  ///< Its answer is the end of one.
  };

  RunningCall(std::string request_id, std::string token, TaskRole role = TaskRole::none)
      : id(std::move(request_id)), progress_token(std::move(token)), task_role(role) {}

  const std::string id;              ///< As the client wrote it.
  const std::string progress_token;  ///< As written; empty: it asked for no progress.
  const TaskRole task_role;

  enum class Ended {
    no,
    cancelled,       ///< The client wants no answer any more.
    timed_out,       ///< The backend was silent for too long.
    asked_too_much,  ///< The backend made more requests than any real one would.
    session_over,    ///< The client ended the session, or it expired.
  };

  /// To be asked right before the request, under its own id, is sent to a backend. Returns false if nobody wants it any
  /// more: it must not be sent then.
  [[nodiscard]] bool may_be_sent(UpstreamPtr upstream) {
    MutexLock lock(mutex_);
    if (ended != Ended::no || unwanted) {
      return false;
    }
    sent_to_ = std::move(upstream);
    return true;
  }
  /// Who got the request, under its own id; null: nobody yet.
  [[nodiscard]] UpstreamPtr sent_to() {
    MutexLock lock(mutex_);
    return sent_to_;
  }
  /// Whether this backend got the request, under its own id.
  [[nodiscard]] bool runs_at(std::string_view backend) {
    MutexLock lock(mutex_);
    return sent_to_ && sent_to_->backend == backend;
  }

  /// Ends the wait for the backend. What came first counts. If this did, returns who got the request and is to be told;
  /// null: nobody.
  UpstreamPtr end(Ended why) {
    UpstreamPtr sent_to;
    {
      MutexLock lock(mutex_);
      if (ended == Ended::no) {
        ended = why;
        sent_to = sent_to_;
      }
    }
    stop.stop();
    return sent_to;
  }

  /// Whether the client took it back.
  [[nodiscard]] bool is_cancelled() const { return ended == Ended::cancelled || unwanted; }
  /// Remembers the `progress` of a notification's params. Returns false if that is no more than before, or no number:
  /// it must increase (PRG-02).
  bool advance(std::string_view params);

  std::atomic<Ended> ended{Ended::no};
  /// The client took back a request that makes a task: it is not answered, and the task is cancelled once it has an id
  /// (CAN-04).
  std::atomic<bool> unwanted{false};
  StopSignal stop;
  std::atomic<int> waiting_requests{0};  ///< Requests of the backend, made in this call, that wait for the client.
  std::atomic<double> progress{-std::numeric_limits<double>::infinity()};  ///< That the backend last told.
  std::atomic<TimePoint> heard{};  ///< When the backend last said something, or the client answered it.

 private:
  Mutex mutex_;
  UpstreamPtr sent_to_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
