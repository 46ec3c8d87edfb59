#include <httplib.h>
#include <sys/socket.h>

#include <memory>
#include <utility>

#include "engine/dead_peer.hpp"
#include "engine/httplib/socket.hpp"
#include "engine/httplib/worker_pool.hpp"
#include "mcprouter/httplib.hpp"

namespace mcprouter {
namespace {

// cpp-httplib 0.11 serves five requests on a connection; nothing is gained by a bound.
constexpr std::size_t kRequestsPerConnection = 1'000'000;
constexpr std::chrono::seconds kThreadIdle{10};

/// The server's thread pool: each connection holds a thread, so threads come and go with the connections.
class ConnectionThreads final : public httplib::TaskQueue {
 public:
  explicit ConnectionThreads(std::size_t max_threads) : workers_(max_threads, kThreadIdle) {}

  // Returned nothing before 0.15.
  using Enqueued = decltype(std::declval<httplib::TaskQueue&>().enqueue(nullptr));
  Enqueued enqueue(std::function<void()> work) override {
    return static_cast<Enqueued>(workers_.post(std::move(work)));
  }
  // What waits owns a socket, and closes it when run.
  void shutdown() override { workers_.stop(detail::WorkerPool::Waiting::run); }

 private:
  detail::WorkerPool workers_;
};

}  // namespace

void tune(httplib::Server& server, const ServerOptions& options) {
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(kRequestsPerConnection);
  server.set_keep_alive_timeout(static_cast<time_t>(options.keep_alive.count()));
  server.set_read_timeout(static_cast<time_t>(options.io_timeout.count()));
  server.set_write_timeout(static_cast<time_t>(options.io_timeout.count()));
  server.set_payload_max_length(options.max_body);

  // cpp-httplib 0.11 has a listen backlog of 5: a burst of connections waits a second for the first retry. Listening
  // again once the socket is bound, which is when the threads are asked for, sets another.
  const auto listening = std::make_shared<detail::SocketHandle>();
  server.set_socket_options([listening, io_timeout = options.io_timeout](auto socket) {
    // Not SO_REUSEPORT, the default: a second server on the same port must fail, not get half of the clients.
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    detail::notice_dead_reader(socket, io_timeout);
    *listening = detail::SocketHandle(socket);
  });
  server.new_task_queue = [listening, threads = options.threads] {
    listening->listen(SOMAXCONN);
    listening->reset();
    return new ConnectionThreads(threads);
  };
}

}  // namespace mcprouter
