#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_set>
#include <vector>

#include "engine/asio/loop.hpp"
#include "engine/asio/tls.hpp"
#include "mcprouter/asio.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class ServerConnection;

using RequestHandler = std::function<void(Request, std::shared_ptr<ResponseWriter>)>;

/// What the connections of one server share, and the register of them.
class ServerHost {
 public:
  /// Throws std::runtime_error for TLS files that cannot be used. `has_room` is called, from any thread, when a
  /// connection closed while there were as many as may be.
  ServerHost(AsioServerOptions options, RequestHandler handler, AsioServer::Handler other, std::size_t loops,
             std::function<void()> has_room);
  ~ServerHost();

  const AsioServerOptions options;
  const RequestHandler handler;
  const AsioServer::Handler other;
  const std::unique_ptr<TlsServer> tls;

  /// Reserves a place for a connection; false if all are taken. From any thread.
  [[nodiscard]] bool take_place();
  /// From any thread; so are the waits.
  void give_place_back();
  bool wait_until_none(TimePoint until);
  void wait_until_none();

  // On the loop's thread.
  void opened(Loop& loop, std::shared_ptr<ServerConnection> connection);
  /// Gives the place back too.
  void closed(Loop& loop, const std::shared_ptr<ServerConnection>& connection);
  [[nodiscard]] bool is_stopping(const Loop& loop) const { return shares_[loop.index()].stopping; }
  /// Ends idle connections of the loop, and from now on those that become idle.
  void stop(Loop& loop);
  /// Ends all connections of the loop.
  void cut(Loop& loop);

 private:
  struct Share {
    std::unordered_set<std::shared_ptr<ServerConnection>> connections;
    bool stopping = false;
  };

  const std::function<void()> has_room_;
  std::vector<Share> shares_;  ///< One a loop.
  Mutex mutex_;
  std::condition_variable_any none_;
  std::size_t places_taken_ MCPROUTER_GUARDED_BY(mutex_) = 0;
};

}  // namespace mcprouter::detail
