#pragma once

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/live_streams.hpp"
#include "backend/message_assembly.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "protocol/sse.hpp"
#include "support/recycled.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A backend's answer to one HTTP request, read as messages: one for a JSON body, one per event for SSE (HTTP-12).
///
/// Bounded: a message larger than the bound ends the stream, and the backend is paused while messages wait. A large
/// result can be had in parts of any total size instead.
/// A body that is neither JSON nor SSE is skipped. So is one whose status is not 2xx, unless the opener wants it: it is
/// then read if it is JSON of a moderate size, and skipped if it is more.
///
/// Thread safety: one consumer, which may run on any thread; what it awaits continues on the engine's thread.
/// Lifetime: keeps itself while the exchange is under way.
class MessageStream final : public HttpEvents, public std::enable_shared_from_this<MessageStream> {
  struct Private {};

 public:
  enum class ErrorBodies { skip, read };

  /// Starts an exchange. `client` and `executor` outlive it.
  static std::shared_ptr<MessageStream> open(HttpClient& client, Executor& executor, std::shared_ptr<LiveStreams> live,
                                             HttpRequest request, std::size_t max_message,
                                             ErrorBodies error_bodies = ErrorBodies::skip, Large large = Large::whole);
  MessageStream(Private, Executor& executor, std::shared_ptr<LiveStreams> live, std::size_t max_message,
                ErrorBodies error_bodies, Large large);

  class HeadAwaiter;
  class NextAwaiter;
  /// Awaits the head. Returns nullopt if the exchange failed before it; `next` then says why. So it does, once, if the
  /// stream is nudged before there is a head.
  HeadAwaiter head();
  /// Has who waits for the head look up: it takes a while.
  void nudge();
  /// Says whether it was, and forgets it.
  [[nodiscard]] bool was_nudged();
  /// Awaits what comes next. After `end`, `failed` or `too_large` it returns the same again.
  NextAwaiter next();

  /// Gives back what `next` returned: the next `next` returns it again. Requires: nobody awaits.
  void put_back(Incoming incoming);

  /// Whether `next` would return at once.
  [[nodiscard]] bool ready();
  /// Whether the answer is an event stream. Requires: `head` returned one.
  [[nodiscard]] bool is_event_stream() const { return form_ == Form::sse; }

  /// The consumer has what it wanted: the rest is skipped, and cut off if it does not end soon.
  void discard();
  /// Ends it now, for the consumer as if the exchange had failed like this.
  void interrupt(HttpFailure failure, std::string detail);

  /// Where an event stream can be resumed: what to send as `Last-Event-ID`, and how long to wait before.
  struct ResumePoint {
    std::string last_event_id;  ///< Empty: it cannot.
    std::optional<std::chrono::milliseconds> retry;
  };
  /// Requires: `next` returned `end` or `failed`.
  [[nodiscard]] ResumePoint resume_point();
  /// This stream goes on where another was: until it says otherwise, that is where it can be resumed itself.
  void continue_from(ResumePoint point);

  void on_head(ResponseHead head) override;
  void on_body(std::string_view chunk) override;
  void on_end(HttpEnd end) override;

 private:
  enum class Form { none, json, sse };

  void push(Incoming incoming) MCPROUTER_REQUIRES(mutex_);
  /// Whether `head` has something to return.
  bool has_head() const MCPROUTER_REQUIRES(mutex_) { return head_ || end_ || nudged_; }
  bool has_next() const MCPROUTER_REQUIRES(mutex_);
  Incoming take_next();
  std::coroutine_handle<> take_waiter() MCPROUTER_REQUIRES(mutex_);

  Executor& executor_;
  const std::shared_ptr<LiveStreams> live_;
  const ErrorBodies error_bodies_;
  std::shared_ptr<HttpExchange> exchange_;        // set before start, never changed: pause and resume need no lock
  std::optional<LiveStreams::Entry> live_entry_;  // set before start, taken at the end

  // Touched by the exchange's calls alone, which never overlap.
  Form form_ = Form::none;
  SseParser sse_;
  MessageAssembly assembly_;
  bool is_error_ = false;  // the status is not 2xx
  std::size_t error_bytes_ = 0;

  Mutex mutex_;
  std::optional<ResponseHead> head_ MCPROUTER_GUARDED_BY(mutex_);
  std::list<Incoming, FrameAllocator<Incoming>> messages_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t waiting_bytes_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  bool paused_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool too_large_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool discarded_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool has_begun_ MCPROUTER_GUARDED_BY(mutex_) = false;  ///< There was a head.
  bool nudged_ MCPROUTER_GUARDED_BY(mutex_) = false;
  ResumePoint resume_point_ MCPROUTER_GUARDED_BY(mutex_);
  std::optional<HttpEnd> end_ MCPROUTER_GUARDED_BY(mutex_);
  Executor::TimerId cut_off_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::coroutine_handle<> waiter_ MCPROUTER_GUARDED_BY(mutex_);
  bool waiter_wants_head_ MCPROUTER_GUARDED_BY(mutex_) = false;
};

class MessageStream::HeadAwaiter {
 public:
  explicit HeadAwaiter(MessageStream& stream) : stream_(stream) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter);
  std::optional<ResponseHead> await_resume();

 private:
  MessageStream& stream_;
};

class MessageStream::NextAwaiter {
 public:
  explicit NextAwaiter(MessageStream& stream) : stream_(stream) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter);
  Incoming await_resume();

 private:
  MessageStream& stream_;
};

}  // namespace mcprouter::detail
