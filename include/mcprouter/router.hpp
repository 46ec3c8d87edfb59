#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "mcprouter/backend.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/observer.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/principal.hpp"
#include "mcprouter/session_store.hpp"

namespace mcprouter {

/// What a Router works with. All outlive it.
struct RouterParts {
  HttpClient& client;
  Executor& executor;
  SessionStore& store;
  BackendSessionManager& upstreams;
  Authenticator* authenticator = nullptr;  ///< Null: everybody is anonymous.
  Observer* observer = nullptr;
};

/// One MCP endpoint in front of many MCP servers (Streamable HTTP, revisions 2025-03-26 to 2026-07-28).
///
/// The host gives it every request of one path, whatever the method. Each message goes to the backend that owns it;
/// answers are streamed back.
///
/// Thread safety: thread-safe.
/// Lifetime: destruction calls `shutdown` with a deadline of one second.
/// Errors: every outcome of `handle` is an HTTP response; see error.hpp. The constructor and `reload` throw
/// ConfigError.
class Router {
 public:
  Router(RouterParts parts, RouterOptions options, std::vector<Backend> backends);
  ~Router();
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  /// Serves one request. Returns at once; the answer is written from any thread, perhaps before the return.
  void handle(Request request, std::shared_ptr<ResponseWriter> writer);

  /// Serves one request and returns the whole answer. Blocks until it is complete: not for an event-loop's thread.
  [[nodiscard]] Response handle(Request request);

  /// Serves with other options and backends from the next request on. Sessions live on; a changed backend gets new
  /// upstream sessions; calls in flight end as they began. Clients with an open stream hear the new backends, and are
  /// told of lists that became others. On ConfigError nothing has changed.
  void reload(RouterOptions options, std::vector<Backend> backends);

  /// Answers new requests 503, waits for those in flight, ends the sessions that do not outlive this process and
  /// drains their teardown. Blocks for `deadline` at most, then cancels what is left. Returns whether all ended by
  /// itself. Not for an event-loop's thread. The second call does nothing.
  bool shutdown(std::chrono::milliseconds deadline);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace mcprouter
