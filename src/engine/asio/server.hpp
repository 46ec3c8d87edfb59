#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "engine/asio/listener.hpp"
#include "engine/asio/loop.hpp"
#include "engine/asio/server_host.hpp"

namespace mcprouter::detail {

/// A listening socket with its connections, spread over loops in turn. What AsioServer does with a router.
///
/// One socket for all loops, and not one for each with SO_REUSEPORT: that would share the port with any other process
/// of the same user, and spread few connections unevenly.
///
/// Thread safety: thread-safe, but not from the loops' threads. Lifetime: the loops outlive it.
class Server {
 public:
  /// Throws std::system_error if it cannot listen, std::runtime_error for bad TLS files. The handlers must neither
  /// block nor throw; without `other`, other paths are answered 404.
  Server(Loops& loops, const AsioServerOptions& options, RequestHandler handler, AsioServer::Handler other);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// As AsioServer::stop.
  bool stop(std::chrono::milliseconds deadline);

 private:
  Loops& loops_;
  std::shared_ptr<ServerHost> host_;
  std::shared_ptr<Listener> listener_;
  std::uint16_t port_ = 0;
};

}  // namespace mcprouter::detail
