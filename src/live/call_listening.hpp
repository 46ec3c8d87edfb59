#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "backend/reply_reader.hpp"
#include "live/event_stream.hpp"
#include "live/from_backend.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The event stream of one upstream session at a legacy backend, for the modern clients' calls that run there: many
/// servers ask over it, also for what they need in a call, and allow one of it in a session. It is open while one of
/// the calls runs, unless the backend loses the session.
///
/// A request belongs to the call that runs; if there are several, it is refused, for nobody knows whose it is. What
/// takes a request back is for all of them: one knows it by its id.
///
/// Thread safety: thread-safe; nothing is called with a lock held.
class CallListening : public std::enable_shared_from_this<CallListening> {
 public:
  /// Hands a request of the backend, or what takes one back, to a call. Returns false if the call is over; else `taken`
  /// is called, with whether it was dealt with, which may be when the client has come back.
  using Hear = std::function<bool(ReadMessage message, std::function<void(bool)> taken)>;

  /// A call wants to hear. `ready` is called once the stream is open, or will not be for now. Returns what ends the
  /// stream if that is to be opened, by `listen`; else null.
  [[nodiscard]] std::shared_ptr<StopSignal> join(std::shared_ptr<RunningCall> call, Hear hear,
                                                 std::function<void()> ready);
  /// The call is over, or runs in another session. With the last one the stream ends. Does nothing if the call has not
  /// joined.
  void leave(const std::shared_ptr<RunningCall>& call);
  /// Opens the stream and reads it until `stop`, which `join` returned; one that breaks off, or that the server does
  /// not open yet, is opened again with growing pauses. `hop.upstream` is the session.
  static Task<void> listen(std::shared_ptr<CallListening> self, std::shared_ptr<StopSignal> stop, BackendHop hop);

 private:
  struct Listener {
    std::shared_ptr<RunningCall> call;
    Hear hear;
  };

  Task<bool> read(EventStream& stream, const BackendHop& hop, const std::shared_ptr<StopSignal>& stop);
  /// The stream is open, or will not be for now.
  void settle(const std::shared_ptr<StopSignal>& stream);
  void end(const std::shared_ptr<StopSignal>& stream);
  void pass(const BackendHop& hop, ReadMessage read);
  void pass_to(const Hear& hear, const BackendHop& hop, ReadMessage read);
  void take_back(const ReadMessage& read);

  Mutex mutex_;
  std::vector<Listener> listeners_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t waiting_requests_ MCPROUTER_GUARDED_BY(mutex_) = 0;    ///< Those that a call has not dealt with yet.
  std::shared_ptr<StopSignal> stream_ MCPROUTER_GUARDED_BY(mutex_);  ///< Ends the stream; null while there is none.
  bool settled_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::vector<std::function<void()>> waiting_ MCPROUTER_GUARDED_BY(mutex_);  ///< For it to be settled.
};

}  // namespace mcprouter::detail
