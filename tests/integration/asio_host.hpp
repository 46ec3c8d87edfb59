#pragma once

#include <memory>
#include <string>
#include <utility>

#include "engine/asio/engine_state.hpp"
#include "engine/asio/server.hpp"
#include "integration/arrivals.hpp"
#include "integration/raw_sockets.hpp"
#include "mcprouter/asio.hpp"

namespace mcprouter::test {

/// A server whose requests wait here for the test to answer them.
class AsioHost {
 public:
  explicit AsioHost(AsioServerOptions options = {}, std::size_t threads = 2)
      : state_(std::make_unique<AsioEngine::State>(with_threads(threads))),
        server_(std::make_unique<detail::Server>(
            state_->loops(), options,
            [this](Request request, std::shared_ptr<ResponseWriter> writer) {
              arrivals_.add(std::move(request), std::move(writer));
            },
            [this](std::string_view target, Request request, std::shared_ptr<ResponseWriter> writer) {
              request.headers.add("Target", target);
              others_.add(std::move(request), std::move(writer));
            })) {}

  [[nodiscard]] RawConnection connect() const { return RawConnection::to(server_->port()); }
  Arrived next() { return arrivals_.next(); }
  Arrived next_other() { return others_.next(); }
  bool idle() { return arrivals_.empty(); }
  [[nodiscard]] detail::Server& server() { return *server_; }
  [[nodiscard]] detail::Loops& loops() { return state_->loops(); }

 private:
  static AsioOptions with_threads(std::size_t threads) {
    AsioOptions options;
    options.threads = threads;
    return options;
  }

  Arrivals arrivals_;
  Arrivals others_;
  std::unique_ptr<AsioEngine::State> state_;
  std::unique_ptr<detail::Server> server_;
};

}  // namespace mcprouter::test
