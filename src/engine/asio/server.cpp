#include "engine/asio/server.hpp"

#include <utility>

#include "engine/asio/engine_state.hpp"

namespace mcprouter {
namespace detail {

Server::Server(Loops& loops, const AsioServerOptions& options, RequestHandler handler, AsioServer::Handler other)
    : loops_(loops), listener_(std::make_shared<Listener>(loops)) {
  Loop& first = *loops_.front();
  auto has_room = [&first, weak = std::weak_ptr(listener_)] {
    first.post([weak] {
      if (const auto listener = weak.lock()) listener->accept();
    });
  };
  host_ =
      std::make_shared<ServerHost>(options, std::move(handler), std::move(other), loops.size(), std::move(has_room));
  const auto endpoint = Listener::look_up(options.host, options.port);
  first.run([&] { port_ = listener_->start(endpoint, host_); });
}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
  // Its deadline is the loop's to unlink.
  loops_.front()->run([this] { listener_.reset(); });
}

bool Server::stop(std::chrono::milliseconds deadline) {
  const TimePoint until = Clock::now() + deadline;
  loops_.front()->run([this] { listener_->stop(); });
  for (const auto& loop : loops_) loop->post([host = host_, &loop = *loop] { host->stop(loop); });
  if (host_->wait_until_none(until)) return true;
  for (const auto& loop : loops_) loop->post([host = host_, &loop = *loop] { host->cut(loop); });
  host_->wait_until_none();
  return false;
}

}  // namespace detail

class AsioServer::State {
 public:
  State(detail::Loops& loops, Router& router, const AsioServerOptions& options, Handler other)
      : server(
            loops, options,
            [&router](Request request, std::shared_ptr<ResponseWriter> writer) {
              router.handle(std::move(request), std::move(writer));
            },
            std::move(other)) {}

  detail::Server server;
};

AsioServer::AsioServer(AsioEngine& engine, Router& router, AsioServerOptions options, Handler other)
    : state_(std::make_unique<State>(engine.state_->loops(), router, options, std::move(other))) {}

AsioServer::~AsioServer() = default;

std::uint16_t AsioServer::port() const { return state_->server.port(); }

bool AsioServer::stop(std::chrono::milliseconds deadline) { return state_->server.stop(deadline); }

}  // namespace mcprouter
