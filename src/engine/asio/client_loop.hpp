#pragma once

#include <boost/intrusive/list.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/asio/loop.hpp"
#include "engine/asio/loop_executor.hpp"
#include "engine/asio/origin.hpp"
#include "engine/asio/tls.hpp"
#include "mcprouter/asio.hpp"

namespace mcprouter::detail {

class LoopExchange;
class UpstreamConnection;

/// The client's part of one loop: connections nobody uses now, and the exchanges under way.
///
/// Thread safety: the loop's thread.
class ClientLoop {
 public:
  using LiveHook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

  ClientLoop(Loop& its_loop, LoopExecutor& its_executor, TlsClient& its_tls, const AsioOptions& options);
  ~ClientLoop();

  Loop& loop;
  LoopExecutor& executor;
  TlsClient& tls;

  /// Where a URL leads, or nullptr: remembered, because there are few.
  [[nodiscard]] std::shared_ptr<const Destination> destination(const std::string& url);

  /// Takes a connection that can be used, or returns nullptr.
  [[nodiscard]] std::shared_ptr<UpstreamConnection> take(const Origin& origin);
  /// Keeps a connection for the next exchange, for `at_most` and our own limit; closes it if there are enough.
  void put(std::shared_ptr<UpstreamConnection> connection, std::chrono::milliseconds at_most);
  /// Drops an idle connection.
  void remove(const UpstreamConnection& connection);

  /// Registers an exchange until it ends. Returns false when the client is going away; the exchange is to end then.
  bool add(LoopExchange& exchange);
  /// Ends all exchanges with `cancelled`, those too that begin while this goes on, and closes all connections.
  void stop();

 private:
  using Live = boost::intrusive::list<LoopExchange, boost::intrusive::base_hook<LiveHook>,
                                      boost::intrusive::constant_time_size<false>>;

  const std::chrono::milliseconds idle_;
  const std::size_t max_idle_;
  std::map<Origin, std::vector<std::shared_ptr<UpstreamConnection>>> idle_connections_;
  std::unique_ptr<Live> live_;
  std::unordered_map<std::string, std::shared_ptr<const Destination>> destinations_;
  bool stopping_ = false;
};

}  // namespace mcprouter::detail
