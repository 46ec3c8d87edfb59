#include "live/event_stream.hpp"

#include <chrono>
#include <optional>

#include "backend/call.hpp"
#include "backend/upstream_http.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

// A backend may well keep its head back until there is something to say: how long calls wait for it.
constexpr milliseconds kPatience{500};
// An event stream may be quiet for as long as nothing happens.
constexpr milliseconds kForever = std::chrono::hours(24 * 30);

EventStream::Answer refusal(int status) {
  switch (status) {
    case 405:
    case 501:
      return EventStream::Answer::not_offered;
    case 400:
    case 404:
      return EventStream::Answer::forgotten;
    default:
      return EventStream::Answer::not_now;
  }
}

}  // namespace

void EventStream::open(std::function<void()> settled, std::function<void()> lost) {
  const UpstreamSession& upstream = *hop_.upstream;
  if (std::exchange(serial_, upstream.serial) != upstream.serial) {
    last_event_id_.clear();
  }
  const ExchangeTimes times{hop_.options->timeouts.connect, kForever, kForever};
  const UpstreamIdentity identity{upstream.id, upstream.protocol_version};
  stream_ = MessageStream::open(hop_.calls.backend.client, executor(), hop_.calls.backend.live,
                                upstream_listening(*hop_.backend, hop_.passed, identity, last_event_id_, times),
                                hop_.options->limits.max_response);
  interrupt_on(stop_, this, stream_);
  hop_.calls.lost->watch(serial_, this, [lost = std::move(lost), weak = std::weak_ptr(stream_)] {
    if (lost) {
      lost();
    }
    if (const auto open = weak.lock()) {
      open->interrupt(HttpFailure::cancelled, "the backend lost the session");
    }
  });
  patience_ = executor().post_after(kPatience, std::move(settled));
}

Task<EventStream::Answer> EventStream::answer() {
  const std::optional<ResponseHead> head = co_await stream_->head();
  executor().cancel(patience_);
  if (!head) {
    end();
    co_return Answer::none;
  }
  if (head->status < 200 || head->status > 299 || !stream_->is_event_stream()) {
    end();
    const Answer refused = refusal(head->status);
    if (refused == Answer::forgotten) {
      last_event_id_.clear();
    }
    co_return refused;
  }
  opened_ = executor().now();
  has_spoken_ = false;
  co_return Answer::open;
}

ReadMessage EventStream::read(Incoming incoming) {
  ReadMessage read = read_incoming(*stream_, std::move(incoming), hop_.options->limits);
  if (read.message) {
    has_spoken_ = true;
    return read;
  }
  // Who opens and says nothing would be asked again at once, for ever.
  if (has_spoken_ || executor().now() - opened_ >= pause_.next()) {
    pause_.begin_anew();
  }
  MessageStream::ResumePoint point = stream_->resume_point();
  if (!point.last_event_id.empty()) {
    last_event_id_ = std::move(point.last_event_id);
  }
  if (point.retry) {
    pause_.suggest(*point.retry);
  }
  end();
  return read;
}

void EventStream::end() {
  was_lost_ = !hop_.calls.lost->forget(serial_, this);
  stop_.clear(this);
  stream_->discard();
  stream_.reset();
}

}  // namespace mcprouter::detail
