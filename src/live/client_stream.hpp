#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "live/replay_budget.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// One event stream to a client: messages in order, written as the client takes them. It survives the connection that
/// carries it, so that a client may come back and go on where it was (RSM-01, RSM-02).
///
/// Events have ids `<stream id>.<count>` when the stream can be resumed, and stay until `forget_sent`.
/// A quiet connection gets a comment from time to time.
///
/// Thread safety: thread-safe; `drained` has one awaiter. No lock is held while the writer is called.
/// Lifetime: shared; the writer's listener and the timer hold it weakly.
class ClientStream final : public std::enable_shared_from_this<ClientStream> {
 public:
  struct Settings {
    bool resumable = false;
    bool primed = false;  ///< Begin with an event that has an id, a `retry` and no data (SSE-01).
    std::chrono::milliseconds keep_alive;
    std::chrono::milliseconds retry;
    /// Bytes that may wait for the client before its connection is cut; 0: whoever adds waits for `drained`.
    std::size_t max_waiting = 0;
  };

  /// `budget` counts what is kept; null for a stream that keeps nothing.
  ClientStream(Executor& executor, std::string id, Settings settings, std::shared_ptr<ReplayBudget> budget);
  ~ClientStream();
  ClientStream(const ClientStream&) = delete;
  ClientStream& operator=(const ClientStream&) = delete;

  [[nodiscard]] const std::string& id() const { return id_; }

  enum class Attached {
    yes,
    nothing_left,  ///< It has ended and the client has seen all of it.
    forgotten,     ///< Events after that one are no longer here.
  };

  /// Carries the stream over this connection from now on, beginning with what comes after event number `after`; a
  /// connection that carried it before is ended. If the answer is `yes`, `detached` is called once when the connection
  /// is over, whoever ended it.
  Attached attach(std::shared_ptr<ResponseWriter> writer, ResponseHead head, std::uint64_t after,
                  std::function<void()> detached);
  [[nodiscard]] bool attached();

  /// Adds a message. Returns false once the stream has ended.
  bool add(std::string_view message);
  /// Adds some of a message of any size, without line ends; nothing else may be added before its last part. The message
  /// is written as one event and is not kept: no client can come back to where it was not seen. Returns false once the
  /// connection that got its beginning is over.
  bool add_part(std::string_view part, bool last);
  /// The messages are complete: the connection ends after the last one.
  void end();
  [[nodiscard]] bool ended();
  /// Ends the connection so that the client sees that something is missing. The events stay.
  void cut();

  class DrainedAwaiter;
  /// Awaits that the client has taken all there is, or is gone.
  DrainedAwaiter drained();

  /// Lets go of the oldest event, unless a connected client still waits for it, or the stream has had no client yet.
  /// Returns whether there was one.
  bool forget_oldest();
  /// Whether it has ended and nothing is left of it.
  [[nodiscard]] bool is_forgotten();

 private:
  /// Null: a message that is not kept.
  using Event = std::shared_ptr<const std::string>;

  void push(std::string text) MCPROUTER_REQUIRES(mutex_);
  void push(Event event) MCPROUTER_REQUIRES(mutex_);
  void pop() MCPROUTER_REQUIRES(mutex_);
  /// Does everything that is to be done with connections. One thread at a time does; the others leave it to that one.
  void flush();
  /// Something to do with a connection.
  struct Step {
    enum class Kind { none, abort, start, write, finish };

    Kind kind = Kind::none;
    std::shared_ptr<ResponseWriter> writer = nullptr;
    Event text = nullptr;
    std::optional<ResponseHead> head = std::nullopt;
  };
  /// The next thing to do.
  Step next_step() MCPROUTER_REQUIRES(mutex_);
  Step part_step() MCPROUTER_REQUIRES(mutex_);
  Step write_step(Event text) MCPROUTER_REQUIRES(mutex_);
  /// Does it, without the lock. Returns whether the connection takes more.
  bool carry_out(Step& step);
  void on_event(const std::shared_ptr<ResponseWriter>& writer, ResponseWriter::Event event);
  /// Lets go of the connection.
  void detach() MCPROUTER_REQUIRES(mutex_);
  void arm_keep_alive();
  void keep_alive();
  [[nodiscard]] std::uint64_t end_number() const MCPROUTER_REQUIRES(mutex_) {
    return first_ + events_.size() - forgotten_;
  }
  [[nodiscard]] const Event& event(std::uint64_t number) const MCPROUTER_REQUIRES(mutex_) {
    return events_[forgotten_ + (number - first_)];
  }
  [[nodiscard]] bool is_drained() const MCPROUTER_REQUIRES(mutex_) {
    return !writer_ || (writable_ && (next_ == end_number() || waits_for_part()));
  }

  /// Whether the event to write next is one in parts, of which all that came is written.
  [[nodiscard]] bool waits_for_part() const MCPROUTER_REQUIRES(mutex_) {
    return in_parts_ == InParts::open && parts_.empty() && next_ + 1 == end_number();
  }

  Executor& executor_;
  const std::string id_;
  const Settings settings_;
  const std::shared_ptr<ReplayBudget> budget_;

  Mutex mutex_;
  std::vector<Event> events_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t forgotten_ MCPROUTER_GUARDED_BY(mutex_) = 0;  ///< At the front of `events_`, not erased yet.
  std::uint64_t first_ MCPROUTER_GUARDED_BY(mutex_) = 1;    ///< Number of the oldest event kept.
  std::uint64_t next_ MCPROUTER_GUARDED_BY(mutex_) = 1;     ///< Number of the event to write next.
  std::size_t waiting_bytes_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  bool begun_ MCPROUTER_GUARDED_BY(mutex_) = false;  ///< It has had a client.
  bool ended_ MCPROUTER_GUARDED_BY(mutex_) = false;
  enum class InParts { no, open, complete, lost };
  InParts in_parts_ MCPROUTER_GUARDED_BY(mutex_) = InParts::no;  ///< Of the newest event.
  std::vector<Event> parts_ MCPROUTER_GUARDED_BY(mutex_);        ///< To be written.

  std::shared_ptr<ResponseWriter> writer_ MCPROUTER_GUARDED_BY(mutex_);
  std::optional<ResponseHead> head_ MCPROUTER_GUARDED_BY(mutex_);  ///< Not written yet.
  std::function<void()> on_detached_ MCPROUTER_GUARDED_BY(mutex_);
  bool writable_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<ResponseWriter>> given_up_ MCPROUTER_GUARDED_BY(mutex_);  ///< To be ended.
  std::vector<std::function<void()>> to_tell_ MCPROUTER_GUARDED_BY(mutex_);  ///< `detached` callbacks that are due.
  bool flushing_ MCPROUTER_GUARDED_BY(mutex_) = false;

  bool quiet_ MCPROUTER_GUARDED_BY(mutex_) = true;  ///< Nothing was written since a comment was last due.
  bool comment_due_ MCPROUTER_GUARDED_BY(mutex_) = false;
  Executor::TimerId keep_alive_timer_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::coroutine_handle<> waiter_ MCPROUTER_GUARDED_BY(mutex_);
};

class ClientStream::DrainedAwaiter {
 public:
  explicit DrainedAwaiter(ClientStream& stream) : stream_(stream) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter);
  void await_resume() const noexcept {}

 private:
  ClientStream& stream_;
};

/// The parts of an event id. `stream` is empty if it is none of ours.
struct EventId {
  std::string_view stream;
  std::uint64_t number = 0;
};
[[nodiscard]] EventId read_event_id(std::string_view text);

}  // namespace mcprouter::detail
