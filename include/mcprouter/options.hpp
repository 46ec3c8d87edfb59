#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace mcprouter {

/// What the router says of itself in its `initialize` result.
struct ServerInfo {
  std::string name = "mcprouter";
  std::string version;       ///< Empty: the library's version.
  std::string instructions;  ///< Empty: none are sent.
};

/// Bounds on what clients and backends may send. All > 0.
struct Limits {
  std::size_t max_body = 4u << 20;           ///< Bytes of a request body; more is answered 413.
  std::size_t max_header_bytes = 32u << 10;  ///< Bytes of all header names and values of a request; more: 431.
  std::size_t max_depth = 64;                ///< Nesting of arrays and objects in any JSON.
  std::size_t max_id_length = 256;           ///< Bytes of a JSON-RPC id as written, and of any session id.
  std::size_t max_batch = 64;                ///< Messages in a 2025-03-26 batch.
  /// Bytes of one message of a backend (JSON body or SSE event) that is gathered. A result of more than 256 KiB is
  /// not: it is passed on as it comes, of any size.
  std::size_t max_response = 16u << 20;
  std::size_t max_list_pages = 100;       ///< Pages followed of one backend's list.
  std::size_t max_list_items = 10'000;    ///< Entries taken of one backend's list.
  std::size_t max_page = 1'000;           ///< Entries of one page of a list towards the client.
  std::size_t max_subscriptions = 1'000;  ///< Resources that one session, or one listen, may subscribe to.
  std::size_t max_pending_requests = 64;  ///< Requests of backends that may wait for one session's client.
  std::size_t max_streams = 16;           ///< Streams that one session may hold open with GET; more: 429.
  /// `subscriptions/listen` of all clients that may be open at once; one client may have a quarter, or the first 16.
  std::size_t max_listens = 10'000;
  std::size_t max_stream_queue = 1u << 20;    ///< Bytes that may wait for the reader of such a stream before it is cut.
  std::size_t max_replay_events = 256;        ///< Events kept per session for a client that lost its connection.
  std::size_t max_replay_bytes = 256u << 10;  ///< The same in bytes.
  /// Calls, and as many tasks, that may wait for input of modern clients; of one client a quarter, or the first 16.
  std::size_t max_suspended_calls = 1'000;
  std::size_t max_input_rounds = 16;  ///< Times that a modern backend may ask for input in one call.
};

/// How long the router waits for backends. All > 0.
struct Timeouts {
  std::chrono::milliseconds connect{5'000};     ///< For a connection, retries of refused ones included.
  std::chrono::milliseconds handshake{10'000};  ///< For `initialize` and `notifications/initialized` together.
  std::chrono::milliseconds call_idle{
      60'000};  ///< For the next message of a call's answer, unless the backend waits for the client.
  std::chrono::milliseconds call_total{600'000};  ///< For a call's whole answer.
  std::chrono::milliseconds list{5'000};          ///< For every backend's part of a list; a slower one is left out.
  std::chrono::milliseconds teardown{5'000};      ///< For a DELETE that ends an upstream session.
  std::chrono::milliseconds keep_alive{30'000};   ///< Between comments on a stream that is quiet.
  std::chrono::milliseconds stream_retry{1'000};  ///< Before a stream that ended is opened again, on either hop.
  std::chrono::milliseconds input{300'000};       ///< For a modern client to come back with the input it was asked for.
};

enum class Naming {
  automatic,  ///< One backend: names as they are. Several: `<backend>__<name>`.
  always,     ///< `<backend>__<name>`, also with one backend.
};

/// How a Router behaves. Every member has a working default.
struct RouterOptions {
  ServerInfo server_info;
  Limits limits;
  Timeouts timeouts;
  Naming naming = Naming::automatic;
  /// Browser origins that may call (`https://app.example:8443`), beside those of loopback hosts. Others get 403; a
  /// request without `Origin` passes (HTTP-04).
  std::vector<std::string> allowed_origins;
  /// `Host` values that are served, beside loopback names, without port. `*` serves every host.
  std::vector<std::string> allowed_hosts;
};

/// Throws ConfigError, with `path` as the JSON path of the options, unless every bound and timeout is > 0, no timeout
/// is longer than a year, `max_depth` is at most 1,000, the name is not empty and every origin and host is well formed.
void check(const RouterOptions& options, const std::string& path);

}  // namespace mcprouter
