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
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  /// From any thread.
  explicit Listener(Loops& loops);

  /// Returns an address to listen on. From any thread; throws std::runtime_error if there is none.
  static boost::asio::ip::tcp::endpoint look_up(Loop& loop, const std::string& host, std::uint16_t port);

  /// Listens and returns the port. Throws std::system_error.
  std::uint16_t start(const boost::asio::ip::tcp::endpoint& endpoint, std::shared_ptr<ServerHost> host);
  void stop();
  /// Goes on after there was no place for a connection.
  void accept_again();

 private:
  void wait();
  void accept();
  void hand_over(int socket, const boost::asio::ip::tcp::endpoint& peer);

  Loops& loops_;
  boost::asio::ip::tcp::acceptor acceptor_;
  Deadline retry_;
  std::shared_ptr<ServerHost> host_;
  std::size_t turn_ = 0;
  bool waiting_ = false;
};

}  // namespace mcprouter::detail
