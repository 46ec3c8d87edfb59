#include "router/relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "backend/header_rules.hpp"
#include "backend/reply_reader.hpp"
#include "live/from_backend.hpp"
#include "live/idle_watch.hpp"
#include "protocol/json_text.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

// How often an answer may break off without a message in between.
constexpr int kMaxResumes = 5;
// Requests of a backend in one call.
constexpr int kMaxRequests = 1'000;
constexpr int kInternalError = -32603;

/// The response as the client is to get it: as it came, with the id to the letter.
std::string response_for(std::string_view client_id, BackendMessage response) {
  const std::string_view id = response.message.id;
  if (id == client_id) {
    return std::move(*response.text);
  }
  if (id.empty()) {  // an error of a backend that could not read the id
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", client_id, response.message.error);
  }
  return splice(*response.text, {{id, std::string(client_id)}});
}

class Relay {
 public:
  Relay(RouterAccess access, const ClientRequest& request, BackendPtr backend, Reply& reply, ResultHook on_result)
      : access_(access),
        request_(request),
        reply_(reply),
        on_result_(std::move(on_result)),
        hop_(backend_hop(access, request.routes, request.session, request.headers, std::move(backend))),
        began_(executor().now()) {}

  Task<Outcome> run(std::string body) {
    live_ = access_.live.get(*request_.session, options());
    if (!live_) {
      co_return co_await fail({Reason::shutting_down, HttpFailure::none, {}});
    }
    const std::string token(request_.message.progress_token);
    call_ = std::make_shared<RunningCall>(std::string(request_.message.id), token, hop_.backend->name);
    live_->add_call(call_);
    hop_.call = call_;
    co_return co_await run_call(std::move(body));
  }

  /// The call is over: nobody waits any more.
  ~Relay() {
    if (!call_) {
      return;
    }
    if (watch_) {
      watch_->stop();
    }
    live_->remove_call(call_);
    for (const std::string& id : asked_) {
      live_->take_request(id);
    }
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  Task<Outcome> run_call(std::string body) {
    const Timeouts& timeouts = options().timeouts;
    watch_ = IdleWatch::start(executor(), timeouts.call_idle, call_);
    CallRequest call;
    call.session = request_.session;
    call.backend = hop_.backend;
    call.body = std::move(body);
    call.passed = hop_.passed;
    // How long the backend may be silent is the watch's affair: it knows whether the backend waits for the client.
    call.times = {timeouts.connect, timeouts.call_total, timeouts.call_total};
    call.max_message = options().limits.max_response;
    call.stop = std::shared_ptr<StopSignal>(call_, &call_->stop);
    call.before_send = [live = live_, backend = hop_.backend->name](std::function<void(bool)> done) {
      live->when_listening(backend, [done = std::move(done)] { done(true); });
    };
    OpenedCall opened = co_await open_call(access_.calls, std::move(call));
    if (!opened.stream) {
      co_return co_await ended_early(std::move(opened.failure));
    }
    hop_.upstream = std::move(opened.upstream);
    map_tasks(access_, hop_);
    stream_ = std::move(opened.stream);
    while (true) {
      if (stream_->is_event_stream() && !stream_->ready()) {
        reply_.begin();
      }
      ReadMessage read = co_await read_next(*stream_, options().limits);
      if (!read.message) {
        const bool resumed = co_await resume(read.failure);
        if (resumed) {
          continue;
        }
        co_return co_await ended_early(std::move(read.failure));
      }
      resumes_ = 0;
      if (responds_to(read.message->message, request_.message.id)) {
        co_return co_await answer(std::move(*read.message));
      }
      co_await carry(*read.message);
    }
  }

  Task<Outcome> answer(BackendMessage response) {
    watch_->stop();
    stream_->discard();
    const bool is_result = response.message.kind == Message::Kind::result;
    std::optional<std::string> changed =
        is_result && on_result_ ? on_result_(response.message.result) : std::optional<std::string>();
    std::string text = changed ? result_message(request_.message.id, *changed)
                               : response_for(request_.message.id, std::move(response));
    if (is_result && hop_.exposed_task) {
      text = map_task_ids(std::move(text), hop_.exposed_task);
    }
    co_await reply_.answer(std::move(text));
    co_return Outcome{hop_.backend->name};
  }

  /// Hands a notification or request of the backend on.
  Task<void> carry(const BackendMessage& message) {
    const bool is_request = message.message.kind == Message::Kind::request;
    if (is_request && ++requests_ > kMaxRequests) {
      call_->end(RunningCall::Ended::asked_too_much);
      co_return;
    }
    if (is_request && !reply_.takes_streams() && message.message.method != "ping") {
      refuse_request(hop_, message.message, kInternalError, "The client takes no requests during this call.");
      co_return;
    }
    const std::optional<std::string> text = toward_client(hop_, *live_, message, asked_);
    watch_->touch();
    if (text) {
      co_await reply_.notify(*text);
    }
  }

  /// Goes on reading where the answer broke off. Returns false if that cannot be, and `failure` stands.
  Task<bool> resume(const UpstreamFailure& failure) {
    const bool broke_off = failure.reason == Reason::outcome_unknown;
    const MessageStream::ResumePoint point = stream_->resume_point();
    if (!broke_off || point.last_event_id.empty() || call_->stop.stopped() || ++resumes_ > kMaxResumes) {
      co_return false;
    }
    const Timeouts& timeouts = options().timeouts;
    reply_.begin();
    co_await pause(executor(), point.retry.value_or(timeouts.stream_retry), call_->stop, &call_->stop);
    const auto spent = std::chrono::duration_cast<milliseconds>(executor().now() - began_);
    if (call_->stop.stopped() || spent >= timeouts.call_total) {
      co_return false;
    }
    const milliseconds left = timeouts.call_total - spent;
    const UpstreamIdentity identity{hop_.upstream->id, hop_.upstream->protocol_version};
    const auto stream = MessageStream::open(
        access_.calls.backend.client, executor(), access_.calls.backend.live,
        upstream_listening(*hop_.backend, hop_.passed, identity, point.last_event_id, {timeouts.connect, left, left}),
        options().limits.max_response);
    interrupt_on(call_->stop, &call_->stop, stream);
    const std::optional<ResponseHead> head = co_await stream->head();
    if (!head || head->status < 200 || head->status > 299 || !stream->is_event_stream()) {
      stream->discard();
      co_return false;
    }
    stream->continue_from(point);
    stream_->discard();
    stream_ = stream;
    watch_->touch();
    co_return true;
  }

  /// There was no response.
  Task<Outcome> ended_early(UpstreamFailure failure) {
    watch_->stop();
    if (stream_) {
      stream_->discard();
    }
    switch (call_->ended) {
      case RunningCall::Ended::no:
        break;
      case RunningCall::Ended::cancelled:
        reply_.give_up();
        co_return Outcome{hop_.backend->name, "cancelled"};
      case RunningCall::Ended::timed_out:
        failure = {Reason::backend_timeout, HttpFailure::timeout, "no message in time"};
        break;
      case RunningCall::Ended::asked_too_much:
        failure = {Reason::backend_protocol_error, HttpFailure::none, "too many requests of the backend in one call"};
        break;
      case RunningCall::Ended::session_over:
        failure = {Reason::session_not_found, HttpFailure::none, "the session has ended"};
        break;
    }
    if (failure.reason == Reason::backend_timeout && hop_.upstream) {
      const std::string params = fmt::format(R"({{"requestId":{},"reason":"It took too long."}})", request_.message.id);
      const Timeouts& timeouts = options().timeouts;
      post_message(access_.calls.backend, *hop_.backend, *hop_.upstream, hop_.passed,
                   notification_message("notifications/cancelled", params),
                   {timeouts.connect, timeouts.teardown, timeouts.teardown}, options().limits.max_response);
    }
    co_return co_await fail(std::move(failure));
  }

  Task<Outcome> fail(UpstreamFailure failure) {
    observe(access_.observer,
            [&](Observer& o) { o.backend_failed(hop_.backend->name, failure.reason, failure.detail); });
    std::string failed = error_reply(request_.message.id, failure.reason, {{}, hop_.backend->name});
    co_await reply_.answer(std::move(failed));
    co_return Outcome{hop_.backend->name, info(failure.reason).name};
  }

  [[nodiscard]] Executor& executor() const { return access_.calls.backend.executor; }
  [[nodiscard]] const RouterOptions& options() const { return request_.routes->options(); }

  const RouterAccess access_;
  const ClientRequest& request_;
  Reply& reply_;
  const ResultHook on_result_;
  BackendHop hop_;
  const TimePoint began_;
  std::shared_ptr<LiveSession> live_;
  std::shared_ptr<RunningCall> call_;
  std::shared_ptr<IdleWatch> watch_;
  std::shared_ptr<MessageStream> stream_;
  std::vector<std::string> asked_;  ///< Ids towards the client of the backend's requests.
  int resumes_ = 0;
  int requests_ = 0;
};

}  // namespace

Task<Outcome> relay(RouterAccess access, const ClientRequest& request, BackendPtr backend, std::string body,
                    Reply& reply, ResultHook on_result) {
  Relay relaying(access, request, std::move(backend), reply, std::move(on_result));
  co_return co_await relaying.run(std::move(body));
}

}  // namespace mcprouter::detail
