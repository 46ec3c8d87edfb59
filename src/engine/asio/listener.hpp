#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/asio/loop.hpp"
#include "engine/asio/server_host.hpp"

namespace mcprouter::detail {

/// Accepts connections on the first of the loops and hands them to all of them in turn.
///
/// Thread safety: the first loop's thread, except where said.
class Listener final : public std::enable_shared_from_this<Listener>, private Readiness::Watcher {
 public:
  /// From any thread.
  explicit Listener(Loops& loops);
  ~Listener();

  /// Returns an address to listen on. From any thread; throws std::runtime_error if there is none.
  static boost::asio::ip::tcp::endpoint look_up(const std::string& host, std::uint16_t port);

  /// Listens and returns the port. Throws std::system_error.
  std::uint16_t start(const boost::asio::ip::tcp::endpoint& endpoint, std::shared_ptr<ServerHost> host);
  void stop();
  /// Takes those who wait, as there may be a place for them now.
  void accept();

 private:
  void mark(std::uint32_t) override {}
  void go_on_reading() override { accept(); }
  void hand_over(int socket, const boost::asio::ip::tcp::endpoint& peer);

  Loops& loops_;
  int socket_ = -1;
  Deadline retry_;
  std::shared_ptr<ServerHost> host_;
  std::size_t turn_ = 0;
};

}  // namespace mcprouter::detail
