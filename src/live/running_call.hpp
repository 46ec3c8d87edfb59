#pragma once

#include <atomic>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "support/stop_signal.hpp"

namespace mcprouter::detail {

/// A client's request that a backend is running, or several. Thread-safe.
struct RunningCall {
  RunningCall(std::string request_id, std::string token, std::string backend_name)
      : id(std::move(request_id)), progress_token(std::move(token)), backend(std::move(backend_name)) {}

  const std::string id;              ///< As the client wrote it.
  const std::string progress_token;  ///< As written; empty: it asked for no progress.
  const std::string backend;         ///< Empty: several, each under an id of ours.

  enum class Ended {
    no,
    cancelled,       ///< The client wants no answer any more.
    timed_out,       ///< The backend was silent for too long.
    asked_too_much,  ///< The backend made more requests than any real one would.
    session_over,    ///< The client ended the session, or it expired.
  };

  /// Ends the wait for the backend. What came first counts.
  void end(Ended why) {
    Ended before = Ended::no;
    ended.compare_exchange_strong(before, why);
    stop.stop();
  }

  /// Remembers the `progress` of a notification's params. Returns false if that is no more than before, or no number:
  /// it must increase (PRG-02).
  bool advance(std::string_view params);

  std::atomic<Ended> ended{Ended::no};
  StopSignal stop;
  std::atomic<int> waiting_requests{0};  ///< Requests of the backend, made in this call, that wait for the client.
  std::atomic<double> progress{-std::numeric_limits<double>::infinity()};
};

}  // namespace mcprouter::detail
