#include <algorithm>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/header_rules.hpp"
#include "live/audience.hpp"
#include "live/session_audience.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/router_state.hpp"
#include "router/served.hpp"
#include "router/task_id.hpp"

namespace mcprouter {

using detail::ClientStream;
using detail::refusal;
using detail::Task;

Task<void> Router::State::open_stream(Visit& visit) {
  if (!visit.reply.takes_streams()) {
    visit.reply.respond(refusal(Reason::not_acceptable));
    co_return;
  }
  const SessionPtr session = co_await find_session(visit);
  if (!session) {
    co_return;
  }
  const std::shared_ptr<detail::LiveSession> live = live_sessions_.get(*session, detail::options_of(visit.routes));
  if (!live) {
    visit.reply.respond(refusal(Reason::shutting_down));
    co_return;
  }
  const std::string_view last_event_id = visit.request.headers.get("Last-Event-ID");
  const detail::EventId event = detail::read_event_id(last_event_id);
  const std::shared_ptr<ClientStream> stream =
      last_event_id.empty() ? live->open_standalone() : live->find_stream(event.stream);
  if (!stream) {
    visit.reply.respond(refusal(last_event_id.empty() ? Reason::too_many_streams : Reason::event_id_unknown));
    co_return;
  }
  // An open stream counts as use of the session.
  const detail::BlockingThread before_hold = store_thread();
  co_await before_hold;
  parts_.store.hold(session->id, now());
  const auto release = [self = weak_from_this(), live, id = session->id] {
    live->stop_listening_if_alone();
    if (const auto state = self.lock()) {
      state->release(id);
    }
  };
  switch (visit.reply.hand_over(*stream, event.number, release)) {
    case ClientStream::Attached::yes:
      live->announce_waiting();
      listen(live, visit, session);
      co_return;
    case ClientStream::Attached::nothing_left:
      // There is no stream to be had: clients take 405 for that and do not ask again. The 1.x SDK asks after every
      // stream that ended with an error.
      visit.reply.respond(refusal(Reason::method_not_allowed));
      break;
    case ClientStream::Attached::forgotten:
      visit.reply.respond(refusal(Reason::event_id_unknown));
      break;
  }
  release();
}

void Router::State::release(const std::string& session_id) {
  const auto let_go = [self = shared_from_this(), session_id] { self->parts_.store.release(session_id, self->now()); };
  if (parts_.store.blocks()) {
    parts_.executor.post_blocking(let_go);
  } else {
    let_go();
  }
}

void Router::State::listen(const std::shared_ptr<detail::LiveSession>& live, const Visit& visit,
                           const SessionPtr& session) {
  if (!live->has_listener()) {
    return;
  }
  const detail::RoutesPtr now = routes();
  const detail::ListeningClient client{session, detail::forwardable_headers(visit.request.headers)};
  const auto begun = live->start_listening(client, now->backends());
  if (begun.empty()) {
    return;
  }
  begin_listening(live, client, begun, now);
  listen_as_reloaded(live, now);
  // The client may have gone meanwhile.
  live->stop_listening_if_alone();
}

void Router::State::begin_listening(const std::shared_ptr<detail::LiveSession>& live,
                                    const detail::ListeningClient& client,
                                    const std::vector<detail::ListenedBackend>& backends,
                                    const detail::RoutesPtr& routes) {
  for (const detail::ListenedBackend& one : backends) {
    detail::BackendHop hop = detail::backend_hop(access_, routes, client.session, client.headers, one.backend);
    // It outlives a reload, and the client knows resources as they are exposed then.
    hop.exposed_uri = [weak = weak_from_this(), name = one.backend->name](std::string_view uri) {
      const auto self = weak.lock();
      return self ? self->routes()->exposed_uri(name, uri) : std::string(uri);
    };
    if (client.session->protocol_version >= detail::version_2025_11_25) {
      // Whether it has tasks is known once it was reached.
      hop.exposed_task = [weak = weak_from_this(), session = client.session,
                          backend = one.backend](std::string_view id) -> std::optional<std::string> {
        const auto self = weak.lock();
        const auto capabilities = self ? self->parts_.upstreams.known(*backend).capabilities : nullptr;
        if (!capabilities || !detail::has_capability(*capabilities, "tasks")) {
          return std::nullopt;
        }
        return detail::exposed_task_id(self->access_.seal, Era::legacy, session->principal_key,
                                       {backend->name, std::string(id)});
      };
    }
    background_(detail::listen_for_session(live, one, std::move(hop), lists_));
  }
}

void Router::State::listen_as_reloaded(const std::shared_ptr<detail::LiveSession>& live, detail::RoutesPtr before) {
  // Whoever comes last with older routes looks again.
  for (detail::RoutesPtr now = routes(); now != before; now = routes()) {
    auto change = live->change_listening(now->backends());
    if (!change) {
      return;
    }
    begin_listening(live, change->client, change->begun, now);
    std::vector<BackendPtr> others = std::move(change->gone);
    if (now->prefixed() != before->prefixed()) {
      others.insert(others.end(), now->backends().begin(), now->backends().end());
    }
    for (const detail::ListKind& kind : detail::kListKinds) {
      if (detail::any_has(parts_.upstreams, others, kind.list.capability)) {
        live->announce(detail::notification_message(kind.changed, {}));
      }
    }
    before = std::move(now);
  }
}

}  // namespace mcprouter
