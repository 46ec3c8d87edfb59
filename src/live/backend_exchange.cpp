#include "live/backend_exchange.hpp"

#include <chrono>
#include <utility>

#include "protocol/message.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

// How often an answer may break off without a message in between.
constexpr int kMaxResumes = 5;

}  // namespace

BackendExchange::BackendExchange(BackendHop hop, std::function<void()> on_wait)
    : hop_(std::move(hop)), on_wait_(std::move(on_wait)), began_(executor().now()) {}

BackendExchange::~BackendExchange() { finish(); }

Task<std::optional<UpstreamFailure>> BackendExchange::send(std::string id, std::string body, BeforeSend before_send,
                                                           Large large) {
  id_ = std::move(id);
  large_ = large;
  watch_ = IdleWatch::start(executor(), timeouts().call_idle, hop_.call);
  CallRequest call;
  call.session = hop_.session;
  call.backend = hop_.backend;
  call.upstream = std::move(hop_.upstream);
  call.body = std::move(body);
  call.passed = hop_.passed;
  call.param_headers = hop_.param_headers;
  call.extensions = hop_.extensions;
  call.era = hop_.era;
  // How long the backend may be silent is the watch's affair: it knows whether the backend waits for the client.
  call.times = {timeouts().connect, timeouts().call_total, timeouts().call_total};
  call.max_message = limits().max_response;
  call.large = large_;
  call.stop = std::shared_ptr<StopSignal>(hop_.call, &hop_.call->stop);
  call.before_send = [this, &before_send](UpstreamPtr upstream) {
    return may_be_sent(before_send, std::move(upstream));
  };
  if (on_wait_) {
    call.on_sent = [this](const std::shared_ptr<MessageStream>& stream) { watch_->expect(stream); };
    call.on_wait = on_wait_;
  }
  OpenedCall opened = co_await open_call(hop_.calls, std::move(call));
  hop_.upstream = std::move(opened.upstream);
  if (!opened.stream) {
    co_return ended_early(std::move(opened.failure));
  }
  stream_ = std::move(opened.stream);
  co_return std::nullopt;
}

/// Returns false if nobody wants the answer any more.
Task<bool> BackendExchange::may_be_sent(const BeforeSend& before_send, UpstreamPtr upstream) {
  if (before_send) {
    co_await before_send(upstream);
  }
  co_return hop_.call->may_be_sent(std::move(upstream));
}

Task<ReadMessage> BackendExchange::next() {
  while (true) {
    if (stream_->is_event_stream() && !stream_->ready()) {
      wait();
    }
    MessageStream::NextAwaiter arriving = stream_->next();
    Incoming incoming = co_await arriving;
    ReadMessage read = read_incoming(*stream_, std::move(incoming), limits());
    if (read.message) {
      resumes_ = 0;
      co_return read;
    }
    if (read.part) {
      within_response_ = true;
      touch();
      co_return read;
    }
    const bool resumed = co_await resume(read.failure);
    if (!resumed) {
      co_return ReadMessage{std::nullopt, ended_early(std::move(read.failure))};
    }
  }
}

void BackendExchange::finish() {
  if (!watch_ || std::exchange(finished_, true)) {
    return;
  }
  watch_->stop();
  if (stream_) {
    stream_->discard();
  }
}

Task<void> BackendExchange::tell_cancelled(std::string_view reason) {
  if (!hop_.upstream) {
    co_return;
  }
  std::string cancelled = cancelled_message(id_, reason);
  co_await send_message(hop_.calls.backend, *hop_.backend, *hop_.upstream, hop_.passed, std::move(cancelled),
                        cancel_times(), limits().max_response);
}

/// Goes on reading where the answer broke off. Returns false if that cannot be, and `failure` says why there is no
/// answer: modern servers have no such thing (HTTP-20).
Task<bool> BackendExchange::resume(UpstreamFailure& failure) {
  const bool broke_off = failure.reason == Reason::outcome_unknown;
  const MessageStream::ResumePoint point = stream_->resume_point();
  StopSignal& stop = hop_.call->stop;
  const bool can_resume =
      !within_response_ && hop_.upstream->protocol_version != modern_version && !point.last_event_id.empty();
  if (!broke_off || !can_resume || stop.stopped() || ++resumes_ > kMaxResumes) {
    co_return false;
  }
  wait();
  co_await pause(executor(), point.retry.value_or(timeouts().stream_retry), stop, &stop);
  const auto spent = std::chrono::duration_cast<milliseconds>(executor().now() - began_);
  if (spent >= timeouts().call_total) {
    failure = {Reason::backend_timeout, HttpFailure::timeout, "no answer in time"};
  }
  if (stop.stopped() || spent >= timeouts().call_total) {
    co_return false;
  }
  const milliseconds left = timeouts().call_total - spent;
  const UpstreamIdentity identity{hop_.upstream->id, hop_.upstream->protocol_version};
  const auto stream = MessageStream::open(
      hop_.calls.backend.client, executor(), hop_.calls.backend.live,
      upstream_listening(*hop_.backend, hop_.passed, identity, point.last_event_id, {timeouts().connect, left, left}),
      limits().max_response, MessageStream::ErrorBodies::skip, large_);
  interrupt_on(stop, &stop, stream);
  const std::optional<ResponseHead> head = co_await stream->head();
  if (!head || head->status < 200 || head->status > 299 || !stream->is_event_stream()) {
    stream->discard();
    co_return false;
  }
  stream->continue_from(point);
  stream_->discard();
  stream_ = stream;
  touch();
  co_return true;
}

/// There will be no response: says why, and tells the backend if it may still be at work.
UpstreamFailure BackendExchange::ended_early(UpstreamFailure failure) {
  finish();
  switch (hop_.call->ended) {
    case RunningCall::Ended::no:
    case RunningCall::Ended::cancelled:
      break;
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
  if (failure.reason == Reason::backend_timeout) {
    if (hop_.upstream) {
      post_message(hop_.calls.backend, *hop_.backend, *hop_.upstream, hop_.passed,
                   cancelled_message(id_, "It took too long."), cancel_times(), limits().max_response);
    }
  }
  return failure;
}

void BackendExchange::wait() {
  if (on_wait_) {
    on_wait_();
  }
}

}  // namespace mcprouter::detail
