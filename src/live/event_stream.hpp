#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "backend/message_stream.hpp"
#include "backend/reply_reader.hpp"
#include "live/from_backend.hpp"
#include "live/growing_pause.hpp"
#include "mcprouter/executor.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// The event stream of a session at a legacy backend (GET), on which the backend says what belongs to no request. It
/// may be opened again and again: each time it goes on where it broke off.
///
/// It ends by itself when a call finds that the backend lost the session: many a backend keeps a stream open of a
/// session that it does not know any more.
///
/// Thread safety: one thread at a time. Many wait in it for long: neither it nor the frame of who reads it is to hold
/// what was needed to open it.
class EventStream {
 public:
  /// What came of asking for it.
  enum class Answer {
    open,
    not_offered,  ///< The backend has none, now and later (GET-02).
    forgotten,    ///< Either the event where it broke off or the whole session. It would begin afresh.
    not_now,      ///< Refused otherwise: maybe the one before is not closed yet there (409).
    none,         ///< Nothing came, or the session was lost.
  };

  /// All outlive it.
  EventStream(const BackendHop& hop, StopSignal& stop, GrowingPause& pause) : hop_(hop), stop_(stop), pause_(pause) {}
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream() = default;

  /// Asks the backend for it, in the session `hop.upstream`. `settled` is called if there is no answer for a while:
  /// calls that wait for the stream are to be sent then. `lost` is called when a call finds the session lost, before
  /// that is made anew; may be empty. Both come from any thread, once at most.
  void open(std::function<void()> settled, std::function<void()> lost);
  /// Awaits the answer. Requires: `open` was called.
  Task<Answer> answer();
  /// Awaits what comes next: `read` says what it is. Requires: it is open.
  [[nodiscard]] MessageStream::NextAwaiter next() { return stream_->next(); }
  /// Reads that. Without a message the stream is over.
  ReadMessage read(Incoming incoming);
  /// Whether it ended because a call found the session lost.
  [[nodiscard]] bool was_lost() const { return was_lost_; }

 private:
  void end();
  [[nodiscard]] Executor& executor() const { return hop_.calls.backend.executor; }

  const BackendHop& hop_;
  StopSignal& stop_;
  GrowingPause& pause_;
  std::shared_ptr<MessageStream> stream_;
  std::uint64_t serial_ = 0;   ///< Of the upstream session that it is of.
  std::string last_event_id_;  ///< Where it broke off; empty: it begins afresh.
  Executor::TimerId patience_ = 0;
  TimePoint opened_{};
  bool has_spoken_ = false;
  bool was_lost_ = false;
};

}  // namespace mcprouter::detail
