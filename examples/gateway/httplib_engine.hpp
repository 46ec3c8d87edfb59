#pragma once

#include <httplib.h>

#include <atomic>
#include <optional>
#include <thread>

#include "answers_under_way.hpp"
#include "engine.hpp"
#include "mcprouter/httplib.hpp"

namespace gateway {

class HttplibEngine final : public Engine {
 public:
  ~HttplibEngine() override { stop(std::chrono::milliseconds(0)); }

  [[nodiscard]] mcprouter::HttpClient& client() override { return engine_.client(); }
  [[nodiscard]] mcprouter::Executor& executor() override { return engine_.executor(); }

  std::optional<std::uint16_t> serve(mcprouter::Router& router, const Place& place,
                                     std::function<void()> failed) override {
    mcprouter::ServerOptions options;
    mcprouter::MountOptions mounted;
    options.max_body = mounted.max_body = place.max_body;
    mcprouter::tune(server_, options);
    answers_.watch(server_);
    mcprouter::mount(server_, place.path, router, mounted);
    int port = place.port;
    if (port == 0) {
      port = server_.bind_to_any_port(place.host);
    } else if (!server_.bind_to_port(place.host, port)) {
      port = -1;
    }
    if (port < 0) return std::nullopt;
    thread_ = std::thread([this, failed = std::move(failed)] {
      if (server_.listen_after_bind()) return;
      failed_ = true;
      failed();
    });
    while (!server_.is_running() && !failed_) std::this_thread::yield();  // a stop() before that would be lost
    if (failed_) return std::nullopt;
    return static_cast<std::uint16_t>(port);
  }
  void stop(std::chrono::milliseconds grace) override {
    if (!thread_.joinable()) return;
    // Server::stop cuts the streams whose last bytes are not out yet.
    answers_.wait_none(grace);
    server_.stop();
    thread_.join();
  }

 private:
  mcprouter::HttplibEngine engine_;
  AnswersUnderWay answers_;
  httplib::Server server_;
  std::atomic<bool> failed_ = false;
  std::thread thread_;
};

}  // namespace gateway
