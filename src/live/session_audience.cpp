#include "live/session_audience.hpp"

#include <utility>

#include "live/backend_listener.hpp"
#include "live/modern_listening.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/message.hpp"
#include "support/await.hpp"

namespace mcprouter::detail {
namespace {

class SessionAudience final : public Audience {
 public:
  SessionAudience(std::shared_ptr<LiveSession> live, std::string backend)
      : live_(std::move(live)), backend_(std::move(backend)) {}
  SessionAudience(const SessionAudience&) = delete;
  SessionAudience& operator=(const SessionAudience&) = delete;
  ~SessionAudience() override {
    live_->note_listening(backend_);
    for (const std::string& id : asked_) {
      live_->calls().take_request(id);
    }
  }

  Task<Entered> enter(BackendHop& hop) override {
    SessionStore& store = hop.calls.store;
    Executor& executor = hop.calls.backend.executor;
    const std::string id = hop.session->id;
    const BlockingThread before_find(executor, store.blocks());
    co_await before_find;
    SessionPtr session = store.find(id, executor.now());
    if (!session) {
      co_return Entered::over;
    }
    hop.session = std::move(session);
    co_return Entered::yes;
  }

  [[nodiscard]] ListenFilter wanted(const BackendHop& hop) const override {
    ListenFilter filter;
    for (const ListKind& kind : kListKinds) {
      filter.*kind.flag = has_capability(*hop.upstream->capabilities, kind.declared);
    }
    for (const Subscription& subscription : hop.session->subscriptions) {
      if (subscription.backend == backend_) {
        filter.uris.push_back(subscription.uri);
      }
    }
    return filter;
  }
  [[nodiscard]] bool may_want_more() const override { return true; }

  void listens_with(const std::shared_ptr<ModernListening>& listening) override {
    live_->note_modern_listening(backend_, listening);
  }
  /// Upstream sessions get the session's subscriptions when they are made.
  Task<void> opened(const BackendHop&) override { co_return; }

  Task<void> moved(const BackendHop& hop) override {
    for (const ListKind& kind : kListKinds) {
      const auto noted = live_->noted_list(backend_, kind.list.method);
      if (!noted) {
        // The client may have got the list before it began to listen.
        if (has_capability(*hop.upstream->capabilities, kind.list.capability)) {
          list_changed(kind);
        }
        continue;
      }
      ListRequest request{kind.list, hop.session, hop.backend, hop.passed, hop.options->limits, hop.options->timeouts};
      const BackendList list = co_await fetch_list(hop.calls, std::move(request));
      if (list.ok && fingerprint(list) != *noted) {
        list_changed(kind);
      }
    }
  }
  void granted(const ListenFilter&) override {}
  void settled() override { live_->note_listening(backend_); }
  void unsettled() override { live_->note_opening(backend_); }

  void hear(const BackendHop& hop, const BackendMessage& message) override {
    if (asked_.size() > hop.options->limits.max_pending_requests) {
      live_->calls().forget_answered(asked_);
    }
    if (auto text = toward_client(hop, *live_, message, asked_)) {
      live_->announce(std::move(*text));
    }
  }
  void list_changed(const ListKind& kind) override { live_->announce(notification_message(kind.changed, {})); }

 private:
  const std::shared_ptr<LiveSession> live_;
  const std::string backend_;
  std::vector<std::string> asked_;  ///< Requests of the backend that wait for the client.
};

}  // namespace

Task<void> listen_for_session(std::shared_ptr<LiveSession> live, ListenedBackend listened, BackendHop hop,
                              ListCache& lists) {
  auto audience = std::make_shared<SessionAudience>(std::move(live), hop.backend->name);
  return listen_to_backend(std::move(audience), std::move(listened.stop), std::move(hop), lists, listened.reloaded);
}

}  // namespace mcprouter::detail
