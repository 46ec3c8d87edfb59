#include "live/backend_listener.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "catalog/backend_list.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
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

struct ListKind {
  ListMethod list;
  std::string_view changed;
};
constexpr std::array<ListKind, 3> kListKinds{{{kToolList, "notifications/tools/list_changed"},
                                              {kPromptList, "notifications/prompts/list_changed"},
                                              {kResourceList, "notifications/resources/list_changed"}}};

class BackendListener {
 public:
  /// All outlive it.
  BackendListener(const std::shared_ptr<LiveSession>& live, const std::shared_ptr<StopSignal>& stop, BackendHop& hop)
      : live_(live), stop_(stop), hop_(hop), pause_(first_pause()) {}

  Task<void> run() {
    while (!stop_->stopped()) {
      const bool go_on = co_await listen_once();
      live_->note_listening(hop_.backend->name);
      if (!go_on) {
        break;
      }
      co_await pause(executor(), pause_, *stop_, this);
      pause_ = std::min(pause_ * 2, kLargestPause);
    }
    live_->note_listening(hop_.backend->name);
    for (const std::string& id : asked_) {
      live_->take_request(id);
    }
  }

 private:
  enum class Presence { unknown, here, away };

  /// Returns whether to try again.
  Task<bool> listen_once() {
    const BlockingThread before_find(executor(), hop_.calls.store.blocks());
    co_await before_find;
    hop_.session = hop_.calls.store.find(hop_.session->id, executor().now());
    if (!hop_.session) {
      co_return false;
    }
    Callback<Acquired> acquiring([this](std::function<void(Acquired)> done) {
      hop_.calls.upstreams.acquire(hop_.session, hop_.backend, hop_.passed, std::move(done));
    });
    const Acquired acquired = co_await acquiring;
    if (!acquired.upstream) {
      be(Presence::away);
      co_return acquired.reason != Reason::session_not_found;
    }
    if (hop_.upstream && hop_.upstream->serial != acquired.upstream->serial) {
      resume_.last_event_id.clear();
      hop_.upstream = acquired.upstream;
      co_await compare_lists();
    }
    hop_.upstream = acquired.upstream;
    co_return co_await read_stream();
  }

  Task<bool> read_stream() {
    const ExchangeTimes times{hop_.options->timeouts.connect, kForever, kForever};
    const auto stream =
        MessageStream::open(hop_.calls.backend.client, executor(), hop_.calls.backend.live,
                            upstream_listening(*hop_.backend, hop_.passed, identity(), resume_.last_event_id, times),
                            hop_.options->limits.max_response);
    interrupt_on(*stop_, this, stream);
    // A backend may well keep its head back until there is something to say.
    const Executor::TimerId patience = executor().post_after(
        kPatience, [live = live_, backend = hop_.backend->name] { live->note_listening(backend); });
    std::optional<ResponseHead> head = co_await stream->head();
    const int status = head ? head->status : 0;
    head.reset();  // the stream may stay open for hours
    executor().cancel(patience);
    live_->note_listening(hop_.backend->name);
    bool go_on = true;
    if (status == 0) {
      be(Presence::away);
    } else if (status < 200 || status > 299 || !stream->is_event_stream()) {
      go_on = co_await refused(status);
    } else {
      be(Presence::here);
      pause_ = first_pause();
      bool is_message = true;
      while (is_message) {
        MessageStream::NextAwaiter next = stream->next();
        Incoming incoming = co_await next;
        is_message = carry(std::move(incoming));
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
    if (auto text = toward_client(hop_, *live_, *read.message, asked_)) {
      live_->announce(std::move(*text));
    }
    return true;
  }

  /// Returns whether to try again.
  Task<bool> refused(int status) {
    if (status == 405 || status == 501) {
      be(Presence::here);
      co_return false;
    }
    if (status == 404 || status == 400) {
      // Either the event or the whole session is forgotten. A ping tells, and makes the session anew if need be.
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

  /// Announces the lists that are others than those the client got, now that the upstream session is a new one.
  Task<void> compare_lists() {
    for (const ListKind& kind : kListKinds) {
      const auto noted = live_->noted_list(hop_.backend->name, kind.list.method);
      if (!noted) {
        continue;
      }
      ListRequest request{kind.list,   hop_.session,         hop_.backend,
                          hop_.passed, hop_.options->limits, hop_.options->timeouts};
      const BackendList list = co_await fetch_list(hop_.calls, std::move(request));
      if (list.ok && fingerprint(list) != *noted) {
        live_->announce(notification_message(kind.changed, {}));
      }
    }
  }

  /// Announces a backend that went away or came back.
  void be(Presence presence) {
    const Presence before = std::exchange(presence_, presence);
    const bool told = before == presence || (before == Presence::unknown && presence == Presence::here);
    if (told || stop_->stopped()) {
      return;
    }
    for (const ListKind& kind : kListKinds) {
      const bool has = hop_.upstream && has_capability(*hop_.upstream->capabilities, kind.list.capability);
      // Of a backend that never was here nothing was listed, so nothing can be missed.
      if (has) {
        live_->announce(notification_message(kind.changed, {}));
      }
    }
  }

  [[nodiscard]] Executor& executor() const { return hop_.calls.backend.executor; }
  [[nodiscard]] milliseconds first_pause() const { return hop_.options->timeouts.stream_retry; }
  [[nodiscard]] UpstreamIdentity identity() const { return {hop_.upstream->id, hop_.upstream->protocol_version}; }

  const std::shared_ptr<LiveSession>& live_;
  const std::shared_ptr<StopSignal>& stop_;
  BackendHop& hop_;
  milliseconds pause_;
  MessageStream::ResumePoint resume_;
  Presence presence_ = Presence::unknown;
  std::vector<std::string> asked_;
};

}  // namespace

Task<void> listen_to_backend(std::shared_ptr<LiveSession> live, std::shared_ptr<StopSignal> stop, BackendHop hop) {
  BackendListener listener(live, stop, hop);
  co_await listener.run();
}

}  // namespace mcprouter::detail
