#include "live/backend_listener.hpp"

#include <algorithm>
#include <utility>

#include "live/event_stream.hpp"
#include "live/growing_pause.hpp"
#include "live/modern_listening.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using Acquired = BackendSessionManager::Acquired;

class BackendListener {
 public:
  /// All outlive it.
  BackendListener(const std::shared_ptr<Audience>& audience, const std::shared_ptr<StopSignal>& stop, BackendHop& hop,
                  ListCache& lists, Reloaded reloaded)
      : audience_(audience),
        stop_(stop),
        hop_(hop),
        lists_(lists),
        pause_(hop.options->timeouts.stream_retry),
        stream_(hop, *stop, pause_),
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
      co_await pause_.take(hop_.calls.backend.executor, *stop_, this);
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
    pause_.begin_anew();
    co_await modern_->carry();
    co_return !stop_->stopped();
  }

  Task<bool> read_stream(bool is_new) {
    stream_.open([audience = audience_] { audience->settled(); }, [audience = audience_] { audience->unsettled(); });
    if (is_new && presence_ == Presence::here) {  // that it is back after it was away is told anyway
      co_await audience_->moved(hop_);
    }
    co_await audience_->opened(hop_);
    const EventStream::Answer answer = co_await stream_.answer();
    if (answer != EventStream::Answer::open && stream_.was_lost()) {
      at_once_ = true;
      co_return !stop_->stopped();
    }
    if (answer == EventStream::Answer::not_offered) {
      audience_->granted({});
    }
    audience_->settled();
    switch (answer) {
      case EventStream::Answer::not_offered:
        if (!std::exchange(was_open_, false)) {
          be(Presence::here);
          co_return false;
        }
        co_await ping();  // it may have become modern
        break;
      case EventStream::Answer::forgotten:
        co_await ping();
        break;
      case EventStream::Answer::not_now:
        break;
      case EventStream::Answer::none:
        be(Presence::away);
        break;
      case EventStream::Answer::open: {
        be(Presence::here);
        was_open_ = true;
        bool is_message = true;
        while (is_message) {
          MessageStream::NextAwaiter next = stream_.next();
          Incoming incoming = co_await next;
          is_message = carry(std::move(incoming));
        }
        at_once_ = stream_.was_lost();
        break;
      }
    }
    co_return !stop_->stopped();
  }

  /// Returns false at the end of the stream. No coroutine: what waits for the next message is to be small.
  bool carry(Incoming incoming) {
    const ReadMessage read = stream_.read(std::move(incoming));
    if (!read.message) {
      return false;
    }
    if (const ListKind* const kind = announced_list(read.message->message.method)) {
      forget_lists(lists_, hop_.backend->name, *kind);
    }
    audience_->hear(hop_, *read.message);
    return true;
  }

  /// Finds out whether the backend still has sessions and knows this one, which is made anew if it does not.
  Task<void> ping() {
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

  const std::shared_ptr<Audience>& audience_;
  const std::shared_ptr<StopSignal>& stop_;
  BackendHop& hop_;
  ListCache& lists_;
  std::shared_ptr<ModernListening> modern_;  ///< Null until the backend was found to be modern.
  GrowingPause pause_;
  EventStream stream_;  ///< If the backend is a legacy one.
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
