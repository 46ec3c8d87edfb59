#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "engine/httplib/destination.hpp"
#include "mcprouter/executor.hpp"
#include "support/thread_annotations.hpp"

namespace httplib {
class ClientImpl;
}

namespace mcprouter::detail {

/// One cpp-httplib client, which holds at most one connection.
///
/// Thread safety: one thread at a time.
class Connection {
 public:
  /// `address` is where to connect; empty lets the client resolve the host.
  Connection(const Destination& destination, const std::string& address, const std::string& ca_file);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  [[nodiscard]] const Destination& destination() const { return destination_; }
  [[nodiscard]] httplib::ClientImpl& client() { return *client_; }
  /// False for https where cpp-httplib is built without TLS, or where TLS cannot be set up.
  [[nodiscard]] bool usable() const;
  [[nodiscard]] bool open() const;
  [[nodiscard]] int socket() const;
  /// Sets who is told of a new socket before it connects.
  void on_socket(std::function<void(int)> listener) { on_socket_ = std::move(listener); }

 private:
  Destination destination_;
  std::function<void(int)> on_socket_;
  std::unique_ptr<httplib::ClientImpl> client_;
};

/// Open connections without work, by destination.
///
/// Thread safety: thread-safe. Lifetime: held by shared pointers; the executor outlives it.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
 public:
  struct Options {
    std::chrono::milliseconds idle;  ///< Servers close theirs (Node after 5 s): older ones are not used again.
    std::size_t max_idle;            ///< Per destination.
  };

  ConnectionPool(Executor& executor, Options options) : executor_(executor), options_(options) {}

  /// Takes out the connection that was used last, or nullptr. It was open and silent just now.
  [[nodiscard]] std::unique_ptr<Connection> take(const Destination& destination);
  /// Keeps an open connection for later; closes it if there are enough.
  void put(std::unique_ptr<Connection> connection);
  /// Closes all and keeps none from now on.
  void close();

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    TimePoint since;
  };

  /// Closes what is too old, so that no descriptor stays after its server has gone.
  void prune();
  void prune_later() MCPROUTER_REQUIRES(mutex_);

  Executor& executor_;
  const Options options_;
  Mutex mutex_;
  std::map<Destination, std::deque<Idle>> idle_ MCPROUTER_GUARDED_BY(mutex_);
  bool prune_is_due_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
};

}  // namespace mcprouter::detail
