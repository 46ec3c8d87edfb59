#include "live/backend_listener.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "live/modern_listening.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;
using Acquired = BackendSessionManager::Acquired;

constexpr milliseconds kLargestPause{30'000};
// How long calls wait for the stream that is opened before them.
constexpr milliseconds kPatience{500};
// An event stream may be quiet for as long as nothing happens.
constexpr milliseconds kForever = std::chrono::hours(24 * 30);

class BackendListener {
 public:
  /// All outlive it.
  BackendListener(const std::shared_ptr<Audience>& audience, const std::shared_ptr<StopSignal>& stop, BackendHop& hop,
                  ListCache& lists, Reloaded reloaded)
      : audience_(audience),
        stop_(stop),
        hop_(hop),
        lists_(lists),
        pause_(first_pause()),
        presence_(reloaded == Reloaded::added     ? Presence::away
                  : reloaded == Reloaded::changed ? Presence::here
                                                  : Presence::unknown) {}

  Task<void> run() {
    while (!stop_->stopped()) {
      at_once_ = false;
      const bool go_on = co_await listen_once();
      if (go_on && at_once_) {
        continue;
      }
      audience_->settled();
      if (!go_on) {
        break;
      }
      co_await pause(executor(), pause_, *stop_, this);
      pause_ = std::min(pause_ * 2, kLargestPause);
    }
  }

 private:
  enum class Presence { unknown, here, away };

  /// Returns whether to try again.
  Task<bool> listen_once() {
    const Audience::Entered entered = co_await audience_->enter(hop_);
    if (entered == Audience::Entered::over) {
      co_return false;
    }
    if (entered == Audience::Entered::not_now) {
      be(Presence::away);
      co_return true;
    }
    if (presence_ == Presence::here && !hop_.upstream) {
      hop_.upstream = upstream_before_reload();
    }
    Callback<Acquired> acquiring([this](std::function<void(Acquired)> done) {
      hop_.calls.upstreams.acquire(hop_.session, hop_.backend, hop_.passed, std::move(done));
    });
    const Acquired acquired = co_await acquiring;
    if (!acquired.upstream) {
      be(Presence::away);
      co_return acquired.reason != Reason::session_not_found;
    }
    const UpstreamPtr before = std::exchange(hop_.upstream, acquired.upstream);
    if (hop_.upstream->protocol_version == modern_version) {
      co_return co_await listen_modern();
    }
    const bool is_new = before ? before->serial != hop_.upstream->serial : presence_ == Presence::here;
    if (is_new) {
      resume_.last_event_id.clear();
    }
    co_return co_await read_stream(is_new);
  }

  /// Returns null if the session has none there.
  [[nodiscard]] UpstreamPtr upstream_before_reload() const {
    const auto& upstreams = hop_.session->upstreams;
    const auto found = std::find_if(upstreams.begin(), upstreams.end(), [this](const UpstreamPtr& upstream) {
      return upstream->backend == hop_.backend->name;
    });
    return found == upstreams.end() ? nullptr : *found;
  }

  Task<bool> listen_modern() {
    if (!modern_) {
      modern_ = std::make_shared<ModernListening>(audience_, stop_, lists_);
      audience_->listens_with(modern_);
    }
    const ModernListening::Opened opened = co_await modern_->open(hop_);
    if (opened == ModernListening::Opened::failed) {
      be(Presence::away);
      co_return !stop_->stopped();
    }
    audience_->settled();
    const bool missed_something = presence_ == Presence::here;
    be(Presence::here);
    if (opened == ModernListening::Opened::nothing) {
      co_return false;
    }
    if (missed_something) {
      announce_lists();
    }
    pause_ = first_pause();
    co_await modern_->carry();
    co_return !stop_->stopped();
  }

  Task<bool> read_stream(bool is_new) {
    const ExchangeTimes times{hop_.options->timeouts.connect, kForever, kForever};
    const auto stream =
        MessageStream::open(hop_.calls.backend.client, executor(), hop_.calls.backend.live,
                            upstream_listening(*hop_.backend, hop_.passed, identity(), resume_.last_event_id, times),
                            hop_.options->limits.max_response);
    interrupt_on(*stop_, this, stream);
    hop_.calls.lost->watch(hop_.upstream->serial, this, [audience = audience_, weak = std::weak_ptr(stream)] {
      audience->unsettled();
      if (const auto open = weak.lock()) {
        open->interrupt(HttpFailure::cancelled, "the backend lost the session");
      }
    });
    // A backend may well keep its head back until there is something to say.
    const Executor::TimerId patience =
        executor().post_after(kPatience, [audience = audience_] { audience->settled(); });
    if (is_new && presence_ == Presence::here) {  // that it is back after it was away is told anyway
      co_await audience_->moved(hop_);
    }
    co_await audience_->opened(hop_);
    std::optional<ResponseHead> head = co_await stream->head();
    const int status = head ? head->status : 0;
    head.reset();  // the stream may stay open for hours
    executor().cancel(patience);
    bool go_on = true;
    if (status == 0) {
      if (hop_.calls.lost->forget(hop_.upstream->serial, this)) {
        audience_->settled();
        be(Presence::away);
      } else {
        at_once_ = true;
      }
    } else if (status < 200 || status > 299 || !stream->is_event_stream()) {
      hop_.calls.lost->forget(hop_.upstream->serial, this);
      audience_->settled();
      go_on = co_await refused(status);
    } else {
      audience_->settled();
      be(Presence::here);
      was_open_ = true;
      const TimePoint opened = executor().now();
      bool has_spoken = false;
      bool is_message = true;
      while (is_message) {
        MessageStream::NextAwaiter next = stream->next();
        Incoming incoming = co_await next;
        is_message = carry(std::move(incoming));
        has_spoken = has_spoken || is_message;
      }
      at_once_ = !hop_.calls.lost->forget(hop_.upstream->serial, this);
      if (has_spoken || executor().now() - opened >= pause_) {
        pause_ = first_pause();
      }
      const MessageStream::ResumePoint point = stream->resume_point();
      if (!point.last_event_id.empty()) {
        resume_.last_event_id = point.last_event_id;
      }
      pause_ = std::clamp(point.retry.value_or(pause_), first_pause() / 10, kLargestPause);
    }
    stop_->clear(this);
    stream->discard();
    co_return go_on && !stop_->stopped();
  }

  /// Returns false at the end of the stream. No coroutine: what waits for the next message is to be small.
  bool carry(Incoming incoming) {
    const ReadMessage read = read_incoming(std::move(incoming), hop_.options->limits);
    if (!read.message) {
      return false;
    }
    if (const ListKind* const kind = announced_list(read.message->message.method)) {
      forget_lists(lists_, hop_.backend->name, *kind);
    }
    audience_->hear(hop_, *read.message);
    return true;
  }

  /// Returns whether to try again.
  Task<bool> refused(int status) {
    const bool has_none = status == 405 || status == 501;
    if (has_none && !std::exchange(was_open_, false)) {
      be(Presence::here);
      co_return false;
    }
    if (has_none || status == 404 || status == 400) {
      // Either the event or the whole session is forgotten, or the backend has become modern. A ping tells, and makes
      // the session anew if need be.
      resume_.last_event_id.clear();
      const Timeouts& timeouts = hop_.options->timeouts;
      CallRequest ping{hop_.session,
                       hop_.backend,
                       request_message(quoted(random_id()), "ping", {}),
                       hop_.passed,
                       {timeouts.connect, timeouts.list, timeouts.list},
                       false,
                       hop_.options->limits.max_response};
      const OpenedCall opened = co_await open_call(hop_.calls, std::move(ping));
      if (opened.stream) {
        opened.stream->discard();
      }
    }
    co_return true;
  }

  /// Announces a backend that went away or came back.
  void be(Presence presence) {
    const Presence before = std::exchange(presence_, presence);
    const bool told = before == presence || (before == Presence::unknown && presence == Presence::here);
    if (told || stop_->stopped()) {
      return;
    }
    announce_lists();
  }

  void announce_lists() {
    for (const ListKind& kind : kListKinds) {
      // Of a backend that never was here nothing was listed, so nothing can be missed.
      const bool has = hop_.upstream && has_capability(*hop_.upstream->capabilities, kind.list.capability);
      if (has) {
        forget_lists(lists_, hop_.backend->name, kind);
        audience_->list_changed(kind);
      }
    }
  }

  [[nodiscard]] Executor& executor() const { return hop_.calls.backend.executor; }
  [[nodiscard]] milliseconds first_pause() const { return hop_.options->timeouts.stream_retry; }
  [[nodiscard]] UpstreamIdentity identity() const { return {hop_.upstream->id, hop_.upstream->protocol_version}; }

  const std::shared_ptr<Audience>& audience_;
  const std::shared_ptr<StopSignal>& stop_;
  BackendHop& hop_;
  ListCache& lists_;
  std::shared_ptr<ModernListening> modern_;  ///< Null until the backend was found to be modern.
  milliseconds pause_;
  MessageStream::ResumePoint resume_;
  Presence presence_;
  bool was_open_ = false;  ///< The backend has given a stream.
  bool at_once_ = false;   ///< The stream ended because a call found the session lost.
};

}  // namespace

Task<void> listen_to_backend(std::shared_ptr<Audience> audience, std::shared_ptr<StopSignal> stop, BackendHop hop,
                             ListCache& lists, Reloaded reloaded) {
  BackendListener listener(audience, stop, hop, lists, reloaded);
  co_await listener.run();
}

}  // namespace mcprouter::detail
