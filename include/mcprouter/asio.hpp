#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/router.hpp"

namespace mcprouter {

struct AsioOptions {
  std::size_t threads = 0;                           ///< Event loops, one thread each; 0: one for each core.
  std::chrono::milliseconds connection_idle{4'000};  ///< A pooled connection unused for so long is closed.
  std::size_t max_idle_connections = 512;            ///< Pooled per backend and event loop.
  std::string ca_file;                               ///< PEM bundle for https backends; empty: the system's.
  /// How long a loop that has nothing to do looks for more before it sleeps. A call that is alone is faster then, as
  /// nobody has to wake the loop, and costs a processor: docs/performance.md. It lets others have that who want it.
  std::chrono::microseconds busy_poll{0};
};

/// The engine on Boost.Asio, for Linux: event loops, each with its own pool of keep-alive connections.
///
/// Right for thousands of connections and open streams; see docs/engines.md. What begins on a loop stays there: the
/// exchanges that a request causes run on the thread of its client's connection.
///
/// Thread safety: thread-safe. Callbacks come on the event loops' threads and must not block.
/// Lifetime: outlives its servers. Destruction cancels what is under way and joins its threads; not from one of its own
/// threads.
/// Errors: the constructor throws std::runtime_error if `ca_file` cannot be read.
class AsioEngine {
 public:
  explicit AsioEngine(AsioOptions options = {});
  ~AsioEngine();
  AsioEngine(const AsioEngine&) = delete;
  AsioEngine& operator=(const AsioEngine&) = delete;

  [[nodiscard]] HttpClient& client();
  [[nodiscard]] Executor& executor();

  class State;

 private:
  friend class AsioServer;
  std::unique_ptr<State> state_;
};

/// All limits and times > 0.
struct AsioServerOptions {
  std::string host = "127.0.0.1";  ///< Address or name to listen on.
  std::uint16_t port = 0;          ///< 0: a free one.
  std::string path = "/mcp";       ///< What the router serves, with any query.
  std::string certificate_file;    ///< PEM chain; TLS if not empty.
  std::string key_file;            ///< PEM private key of the certificate.

  std::size_t max_connections = 10'000;      ///< More wait in the listen backlog.
  std::size_t max_header_bytes = 32u << 10;  ///< Of a request's head; more is answered 431.
  std::size_t max_body = 4u << 20;           ///< Of a request; more is answered 413, and never held in memory.
  std::size_t write_buffer = 1u << 20;       ///< Of one answer, waiting for a slow client before its backend is paused.

  std::chrono::milliseconds head_timeout{10'000};   ///< For the head of a request, and a TLS handshake.
  std::chrono::milliseconds body_timeout{30'000};   ///< For the whole body of a request.
  std::chrono::milliseconds keep_alive{75'000};     ///< Longest wait for the next request of a connection.
  std::chrono::milliseconds write_timeout{30'000};  ///< Longest wait for a client to read on.
};

/// An HTTP/1.1 server on an engine's loops, with a router behind one path.
///
/// Thread safety: thread-safe.
/// Lifetime: engine and router outlive it. Destruction stops it with a deadline of zero; not from an engine's thread.
/// Errors: the constructor throws std::system_error if it cannot listen, std::runtime_error for a certificate or key
/// that cannot be used.
class AsioServer {
 public:
  /// Answers requests of other paths; `target` is path and query as they came. Must neither block nor throw.
  using Handler = std::function<void(std::string_view target, Request, std::shared_ptr<ResponseWriter>)>;

  /// Listens and serves from here on. Without `other`, other paths are answered 404.
  AsioServer(AsioEngine& engine, Router& router, AsioServerOptions options = {}, Handler other = nullptr);
  ~AsioServer();
  AsioServer(const AsioServer&) = delete;
  AsioServer& operator=(const AsioServer&) = delete;

  [[nodiscard]] std::uint16_t port() const;

  /// Stops listening, ends idle connections and those that become idle, and cuts what is left after `deadline`. Blocks
  /// until there is none; returns whether nothing had to be cut. Shut the router down before.
  bool stop(std::chrono::milliseconds deadline);

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace mcprouter
