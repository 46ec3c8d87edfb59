#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/asio/loop.hpp"
#include "engine/asio/loop_executor.hpp"
#include "engine/asio/origin.hpp"
#include "engine/asio/tls.hpp"
#include "engine/asio/transport.hpp"

namespace mcprouter::detail {

/// Makes one connection: looks the name up, tries its addresses one after the other, and shakes hands.
///
/// Thread safety: its loop's thread.
class Connector : public std::enable_shared_from_this<Connector> {
 public:
  /// Gets the connection, or nullptr and why not.
  using Done = std::function<void(std::unique_ptr<Transport>, const std::string& why)>;

  Connector(Loop& loop, LoopExecutor& executor, TlsClient& tls, Origin origin, Done done);

  /// Calls `done` once, later, unless it is cancelled. Each address gets an equal part of the time that is left.
  void start(std::chrono::milliseconds timeout);
  void cancel();

 private:
  using Tcp = boost::asio::ip::tcp;

  void try_next();
  void look_up();
  void on_connected();
  void shake_hands();
  void fail_attempt(std::string why);
  void on_deadline();
  void finish(std::unique_ptr<Transport> transport);

  Loop& loop_;
  LoopExecutor& executor_;
  TlsClient& tls_;
  const Origin origin_;
  Done done_;
  Deadline deadline_;
  TimePoint give_up_;
  std::vector<Tcp::endpoint> endpoints_;
  std::size_t next_ = 0;
  std::unique_ptr<Transport> transport_;
  bool finished_ = false;
  std::string why_ = "the name lookup took too long";
};

}  // namespace mcprouter::detail
