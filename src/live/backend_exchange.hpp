#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/message_stream.hpp"
#include "backend/reply_reader.hpp"
#include "live/from_backend.hpp"
#include "live/idle_watch.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// One request at one backend, from sending it to the response: what the backend says is pulled, message by message.
///
/// It goes on while nobody pulls, as far as the buffers of `MessageStream` let it. It ends when `hop.call` does, after
/// `call_idle` without a message unless the backend waits for the client, and after `call_total`: the backend is then
/// told. An answer that breaks off where the backend lets it be resumed is resumed (SSE-03), unless that is within a
/// response of which parts were handed out.
///
/// Thread safety: one thread at a time. Lifetime: what it awaits must have ended before it goes; what `hop` refers to
/// outlives it.
class BackendExchange {
 public:
  using BeforeSend = std::function<Task<void>(const UpstreamPtr&)>;

  /// Requires: `hop.call` is set. `on_wait` is called when the answer takes a while; may be empty.
  BackendExchange(BackendHop hop, std::function<void()> on_wait);
  ~BackendExchange();
  BackendExchange(const BackendExchange&) = delete;
  BackendExchange& operator=(const BackendExchange&) = delete;

  /// Sends the request that `body` is, with the id that is written in it. `before_send` is awaited before each attempt,
  /// with the upstream session that it goes to; may be empty. Returns why there is no answer, if there is none.
  /// `large` says how a large result comes.
  Task<std::optional<UpstreamFailure>> send(std::string id, std::string body, BeforeSend before_send,
                                            Large large = Large::whole);
  /// Awaits what the backend says next. A failure is final. Requires: `send` succeeded.
  Task<ReadMessage> next();
  /// The id of the request, as it was sent.
  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] bool is_response(const BackendMessage& message) const { return responds_to(message.message, id_); }
  /// Who waits has what it wanted: the rest of the answer is skipped.
  void finish();
  /// Tells the backend that nobody waits any more, and awaits that it knows: the session may end then.
  Task<void> tell_cancelled(std::string_view reason);

  /// `hop.upstream` is set once `send` succeeded. If it was set before, the request goes there.
  [[nodiscard]] BackendHop& hop() { return hop_; }
  /// The backend is there: what comes next may take its time again.
  void touch() { watch_->touch(); }

 private:
  Task<bool> may_be_sent(const BeforeSend& before_send, UpstreamPtr upstream);
  Task<bool> resume(UpstreamFailure& failure);
  UpstreamFailure ended_early(UpstreamFailure failure);
  [[nodiscard]] ExchangeTimes cancel_times() const {
    return {timeouts().connect, timeouts().teardown, timeouts().teardown};
  }
  void wait();
  [[nodiscard]] Executor& executor() const { return hop_.calls.backend.executor; }
  [[nodiscard]] const Limits& limits() const { return hop_.options->limits; }
  [[nodiscard]] const Timeouts& timeouts() const { return hop_.options->timeouts; }

  BackendHop hop_;
  const std::function<void()> on_wait_;
  const TimePoint began_;
  std::string id_;
  Large large_ = Large::whole;
  bool within_response_ = false;  // Some parts of it were handed out.
  std::shared_ptr<IdleWatch> watch_;
  std::shared_ptr<MessageStream> stream_;
  int resumes_ = 0;
  bool finished_ = false;
};

}  // namespace mcprouter::detail
