#pragma once

#include <httplib.h>

#include <memory>
#include <thread>
#include <utility>

#include "engine/httplib/server.hpp"
#include "integration/arrivals.hpp"
#include "integration/raw_sockets.hpp"
#include "mcprouter/httplib.hpp"

namespace mcprouter::test {

struct HttplibHostOptions {
  MountOptions mount;
  ServerOptions server;
};

/// A server whose requests wait here for the test to answer them.
class HttplibHost {
 public:
  explicit HttplibHost(const HttplibHostOptions& options = {}) {
    tune(server_, options.server);
    detail::serve(
        server_, "/mcp",
        [this](Request request, std::shared_ptr<ResponseWriter> writer) {
          arrivals_.add(std::move(request), std::move(writer));
        },
        options.mount);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~HttplibHost() {
    server_.stop();
    while (!arrivals_.empty()) arrivals_.next().writer->respond({503, {}, ""});
    thread_.join();
  }

  [[nodiscard]] RawConnection connect() const { return RawConnection::to(port_); }
  Arrived next() { return arrivals_.next(); }
  bool idle() { return arrivals_.empty(); }

 private:
  httplib::Server server_;
  Arrivals arrivals_;
  int port_ = 0;
  std::thread thread_;
};

}  // namespace mcprouter::test
