#include <exception>
#include <string>
#include <utility>

#include "live/session_audience.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/router_state.hpp"

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
  const std::shared_ptr<detail::StopSignal> stop =
      live->has_listener() ? live->start_listening(visit.routes->backends()) : nullptr;
  if (!stop) {
    return;
  }
  for (const BackendPtr& backend : visit.routes->backends()) {
    background_(detail::listen_for_session(
        live, stop, detail::backend_hop(access_, visit.routes, session, visit.request.headers, backend), lists_));
  }
  // The client may have gone meanwhile.
  live->stop_listening_if_alone();
}

}  // namespace mcprouter
