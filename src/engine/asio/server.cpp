#include "engine/asio/server.hpp"

#include <future>
#include <utility>

#include "engine/asio/engine_state.hpp"

namespace mcprouter {
namespace detail {
namespace {

/// Runs `work` on the thread of `loop` and waits for its end.
template <typename Work>
void run_on(Loop& loop, Work work) {
  std::promise<void> done;
  loop.post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

Server::Server(Loops& loops, const AsioServerOptions& options, RequestHandler handler, AsioServer::Handler other)
    : loops_(loops), listener_(std::make_shared<Listener>(loops, options.host, options.port)) {
  Loop& first = *loops_.front();
  auto has_room = [&first, weak = std::weak_ptr(listener_)] {
    first.post([weak] {
      if (const auto listener = weak.lock()) listener->accept_again();
    });
  };
  host_ = std::make_shared<ServerHost>(options, std::move(handler), std::move(other), loops.size(),
                                       std::move(has_room));
  first.post([listener = listener_, host = host_] { listener->start(host); });
}

Server::~Server() {
  stop(std::chrono::milliseconds(0));
  // Its deadline is the loop's to unlink.
  run_on(*loops_.front(), [this] { listener_.reset(); });
}

bool Server::stop(std::chrono::milliseconds deadline) {
  const TimePoint until = Clock::now() + deadline;
  run_on(*loops_.front(), [this] { listener_->stop(); });
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
