#include "mcprouter/router.hpp"

#include <utility>

#include "router/blocking_writer.hpp"
#include "router/router_state.hpp"
#include "support/observe.hpp"

namespace mcprouter {

using detail::Task;

namespace {

// The part of a shutdown's time that is kept for the end of upstream sessions.
constexpr int kTeardownShare = 4;
// How long the destructor waits.
constexpr std::chrono::milliseconds kLastShutdown{1'000};

}  // namespace

Router::State::State(const RouterParts& parts, detail::RoutesPtr routes)
    : parts_(parts),
      live_sessions_(parts.executor),
      life_(std::make_shared<detail::SessionLife>(parts, live_sessions_)),
      suspended_(parts.executor),
      asking_(parts.executor),
      background_([this](detail::Task<void> task) { detail::detach(go_on(shared_from_this(), std::move(task))); }),
      access_{
          {{parts.client, parts.executor, live_},
           parts.store,
           parts.upstreams,
           std::make_shared<detail::ToolHeaders>([this](const std::string& backend) { lists_.invalidate(backend); })},
          live_sessions_,
          seal_,
          lists_,
          *life_,
          suspended_,
          asking_,
          listens_,
          raising_,
          background_,
          parts.observer},
      routes_(std::move(routes)) {}

void Router::State::handle(Request request, std::shared_ptr<ResponseWriter> writer) {
  serve(shared_from_this(), std::make_unique<Visit>(std::move(request), std::move(writer), routes(), parts_.executor));
}

Task<void> Router::State::go_on(std::shared_ptr<State> self, Task<void> task) {
  const detail::WorkCount::Piece piece(self->work_);
  try {
    co_await std::move(task);
  } catch (const std::exception&) {  // out of memory: it ends here
  }
}

void Router::State::reload(detail::RoutesPtr routes) {
  detail::RoutesPtr before;
  {
    detail::MutexLock lock(mutex_);
    before = std::exchange(routes_, std::move(routes));
  }
  for (const auto& live : live_sessions_.all()) {
    listen_as_reloaded(live, before);
  }
  // Whoever comes last with older routes looks again.
  detail::RoutesPtr told;
  for (detail::RoutesPtr now = this->routes(); now != told; now = this->routes()) {
    listens_.reload(now);
    told = std::move(now);
  }
}

detail::RoutesPtr Router::State::routes() {
  detail::MutexLock lock(mutex_);
  return routes_;
}

bool Router::State::shutdown(std::chrono::milliseconds deadline) {
  if (stopping_.exchange(true)) {
    return true;
  }
  const auto until = std::chrono::steady_clock::now() + deadline;
  life_->stop();
  // What is open for no request in particular ends at once; what answers a request may go on to its end. New requests
  // are refused, so no client can come back with what a call waits for.
  live_sessions_.stop_listening();
  suspended_.close();
  asking_.close();
  listens_.close();
  bool clean = work_.wait_until_none(until - deadline / kTeardownShare);
  live_->cancel_all();
  live_sessions_.close_all();
  if (!clean) {
    work_.wait_until_none(until);
  }
  for (const SessionPtr& session : parts_.store.take_all()) {
    life_->end(session, Observer::SessionEnd::shutdown);
  }
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
  clean = parts_.upstreams.drain(std::max(left, std::chrono::milliseconds(0))) && clean;
  return clean;
}

Router::Router(RouterParts parts, RouterOptions options, std::vector<Backend> backends)
    : state_(std::make_shared<State>(
          parts, std::make_shared<const detail::Routes>(std::move(options), std::move(backends)))) {}

Router::~Router() { shutdown(kLastShutdown); }

void Router::handle(Request request, std::shared_ptr<ResponseWriter> writer) {
  state_->handle(std::move(request), std::move(writer));
}

Response Router::handle(Request request) {
  const auto writer = std::make_shared<detail::BlockingWriter>();
  state_->handle(std::move(request), writer);
  return writer->wait();
}

void Router::reload(RouterOptions options, std::vector<Backend> backends) {
  state_->reload(std::make_shared<const detail::Routes>(std::move(options), std::move(backends)));
}

bool Router::shutdown(std::chrono::milliseconds deadline) { return state_->shutdown(deadline); }

}  // namespace mcprouter
