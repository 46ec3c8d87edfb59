#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "mcprouter/http.hpp"

namespace mcprouter {

/// One request to a backend.
struct HttpRequest {
  std::string method;
  std::string url;  ///< Absolute, `http` or `https`; checked by the configuration.
  Headers headers;  ///< Without Host, Content-Length and hop-by-hop fields: the client writes them from the URL.
  std::string body;
  std::chrono::milliseconds connect_timeout{5'000};  ///< Name lookup, TCP and TLS.
  std::chrono::milliseconds idle_timeout{60'000};    ///< Longest wait for the next byte of the answer.
  std::chrono::milliseconds total_timeout{600'000};  ///< From `start` to the last byte, paused time included.
};

enum class HttpFailure {
  none,
  not_sent,   ///< No connection was made: nothing of the request reached the backend. Safe to send again.
  broken,     ///< The connection ended, or was no HTTP, after the request may have been sent.
  timeout,    ///< A time ran out after the request may have been sent.
  cancelled,  ///< `HttpExchange::cancel`, or the client is going away.
};

struct HttpEnd {
  HttpFailure failure = HttpFailure::none;
  std::string detail;  ///< For logs: what went wrong, without content or credentials. Empty for `none`.
};

/// What comes back from one exchange.
///
/// Thread safety: the calls of one exchange never overlap; they may come from any thread, and must not block.
/// Order: `on_head` at most once, `on_body` any number of times after it, `on_end` exactly once and last.
/// `HttpExchange` may be called from within.
class HttpEvents {
 public:
  virtual ~HttpEvents() = default;

  /// The final head (1xx heads are skipped; redirects are not followed).
  virtual void on_head(ResponseHead head) = 0;
  /// A part of the body as it came, transfer coding removed. The view is valid during the call.
  virtual void on_body(std::string_view chunk) = 0;
  virtual void on_end(HttpEnd end) = 0;
};

/// Steers one exchange. Thread-safe; every function returns at once.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  /// Begins it. No event comes before this call. Requires: called once.
  virtual void start() = 0;
  /// Asks for no more `on_body` until `resume`; what is already on its way may still come (bounded by one read).
  virtual void pause() = 0;
  virtual void resume() = 0;
  /// Ends it soon, with `on_end(cancelled)` unless it ended already. The connection is closed, not reused.
  virtual void cancel() = 0;
};

/// Talks HTTP to backends: connection pool, TLS, timeouts. Implemented by an engine or the host.
///
/// A pooled connection that the backend has closed must not fail a request that was not sent: check before reuse.
/// Never sends a request twice.
///
/// Thread safety: thread-safe.
/// Lifetime: outlives the Router; its destruction ends what is under way with `cancelled`.
class HttpClient {
 public:
  virtual ~HttpClient() = default;

  /// Prepares an exchange. The implementation keeps `events` until `on_end` has returned and no longer.
  virtual std::shared_ptr<HttpExchange> exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) = 0;
};

}  // namespace mcprouter
