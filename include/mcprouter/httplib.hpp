#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/router.hpp"

namespace httplib {
class Server;
}

namespace mcprouter {

struct HttplibOptions {
  std::size_t max_exchanges = 256;  ///< Upstream exchanges under way at once, one thread each; more wait their turn.
  /// GET exchanges at once: streams that stay open, and would keep calls from their turn. More are refused at once, as
  /// `not_sent`; so is one that would take the last of `max_exchanges`.
  std::size_t max_get_streams = 128;
  std::chrono::milliseconds thread_idle{10'000};     ///< A worker without work for so long ends.
  std::chrono::milliseconds connection_idle{4'000};  ///< A pooled connection unused for so long is not used again.
  std::size_t max_idle_connections = 32;             ///< Pooled per backend.
  std::string ca_file;                               ///< PEM bundle for TLS; empty: the system's.
};

/// The engine on cpp-httplib: worker threads, a timer thread and pooled keep-alive clients.
///
/// Right for tens to hundreds of connections; see docs/engines.md.
///
/// Thread safety: thread-safe. Lifetime: destruction cancels what is under way and joins its threads; not from one of
/// its own threads.
class HttplibEngine {
 public:
  explicit HttplibEngine(HttplibOptions options = {});
  ~HttplibEngine();
  HttplibEngine(const HttplibEngine&) = delete;
  HttplibEngine& operator=(const HttplibEngine&) = delete;

  [[nodiscard]] HttpClient& client();
  [[nodiscard]] Executor& executor();

 private:
  class State;
  std::unique_ptr<State> state_;
};

struct MountOptions {
  std::size_t max_streams = 192;      ///< Streamed answers at once; each holds a server thread. More: 503.
  std::size_t max_get_streams = 128;  ///< Of them to GET, which stay open; never the last of `max_streams`. More: 503.
  std::size_t write_buffer = 1u << 20;  ///< Bytes of one answer waiting for a slow client before its backend is paused.
  std::size_t max_body = 4u << 20;      ///< Bytes of a request body; more is answered 413, and never held in memory.
};

/// Serves `path` on the host's cpp-httplib server with `router`, all methods. Call before `listen`.
///
/// Lifetime: the router outlives the server. Shut the router down before `Server::stop`: that waits for every answer
/// that has not begun.
void mount(httplib::Server& server, const std::string& path, Router& router, const MountOptions& options = {});

/// How `tune` sets a server up. All > 0.
struct ServerOptions {
  std::size_t threads = 256;            ///< At most; a connection holds one as long as it is open. More wait.
  std::chrono::seconds keep_alive{5};   ///< Longest wait for the next request of a connection.
  std::chrono::seconds io_timeout{30};  ///< Longest wait for the next byte of a request, or for a client to read one.
  std::size_t max_body = 4u << 20;      ///< Of the host's own routes, where a body has a Content-Length.
};

/// Makes a server fast and safe in front of a router: TCP_NODELAY, threads on demand, keep-alive, a listen backlog for
/// bursts, no sharing of its port. Call before `bind` and `listen`; replaces the server's socket options and task
/// queue.
void tune(httplib::Server& server, const ServerOptions& options = {});

}  // namespace mcprouter
