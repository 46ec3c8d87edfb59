#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/asio/loop.hpp"
#include "engine/asio/origin.hpp"
#include "engine/asio/tls.hpp"
#include "engine/asio/transport.hpp"

namespace mcprouter::detail {

/// Makes one connection: looks the name up, tries its addresses one after the other, and shakes hands.
///
/// Thread safety: its loop's thread.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  /// Gets the connection, or nothing and why not.
  using Done = std::function<void(std::optional<Transport>, const std::string& why)>;

  Connector(Loop& loop, TlsClient& tls, Origin origin, Done done);

  /// Calls `done` once, later, unless it is cancelled. Each address gets an equal part of the time that is left.
  void start(std::chrono::milliseconds timeout);
  void cancel();

 private:
  using Tcp = boost::asio::ip::tcp;

  void try_next();
  void on_connected(Transport::Socket socket);
  void shake_hands();
  void fail_attempt(std::string why);
  void on_deadline();
  void finish(std::optional<Transport> transport);

  Loop& loop_;
  TlsClient& tls_;
  const Origin origin_;
  Done done_;
  Tcp::resolver resolver_;
  Deadline deadline_;
  TimePoint give_up_;
  std::vector<Tcp::endpoint> endpoints_;
  std::size_t next_ = 0;
  std::size_t attempt_ = 0;  ///< What an earlier one has to say is not heard.
  std::shared_ptr<Transport::Socket> socket_;
  std::optional<Transport> transport_;
  std::string why_ = "the name lookup took too long";
};

}  // namespace mcprouter::detail
