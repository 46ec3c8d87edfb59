#pragma once

#include <optional>

#include "engine.hpp"
#include "mcprouter/asio.hpp"

namespace gateway {

class AsioEngine final : public Engine {
 public:
  explicit AsioEngine(std::chrono::microseconds busy_poll) : engine_(with(busy_poll)) {}

  [[nodiscard]] mcprouter::HttpClient& client() override { return engine_.client(); }
  [[nodiscard]] mcprouter::Executor& executor() override { return engine_.executor(); }

  std::optional<std::uint16_t> serve(mcprouter::Router& router, const Place& place, std::function<void()>) override {
    mcprouter::AsioServerOptions options;
    options.host = place.host;
    options.port = place.port;
    options.path = place.path;
    options.max_body = place.max_body;
    try {
      server_.emplace(engine_, router, options);
    } catch (const std::exception&) {
      return std::nullopt;
    }
    return server_->port();
  }
  void stop(std::chrono::milliseconds grace) override {
    if (server_) server_->stop(grace);
    server_.reset();
  }

 private:
  static mcprouter::AsioOptions with(std::chrono::microseconds busy_poll) {
    mcprouter::AsioOptions options;
    options.busy_poll = busy_poll;
    return options;
  }

  mcprouter::AsioEngine engine_;
  std::optional<mcprouter::AsioServer> server_;
};

}  // namespace gateway
