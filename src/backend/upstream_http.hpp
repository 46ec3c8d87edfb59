#pragma once

#include <string>
#include <string_view>

#include "mcprouter/backend.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/options.hpp"

namespace mcprouter::detail {

/// How much time an exchange may take.
struct ExchangeTimes {
  std::chrono::milliseconds connect;
  std::chrono::milliseconds idle;
  std::chrono::milliseconds total;
};

/// Which session of the backend a request belongs to. Both empty: none yet.
struct UpstreamIdentity {
  std::string_view session_id;
  std::string_view protocol_version;
};

/// Builds a POST of one message, or with an empty `body` a DELETE of the session. `passed` are the client's headers
/// that the backend's rules let through.
[[nodiscard]] HttpRequest upstream_request(const Backend& backend, const Headers& passed, UpstreamIdentity identity,
                                           std::string body, ExchangeTimes times);

/// Builds a GET that opens the session's event stream, or with an event id resumes the stream that it belongs to
/// (GET-01, SSE-03).
[[nodiscard]] HttpRequest upstream_listening(const Backend& backend, const Headers& passed, UpstreamIdentity identity,
                                             std::string_view last_event_id, ExchangeTimes times);

/// Why nothing useful came back from a backend.
struct UpstreamFailure {
  Reason reason = Reason::internal_error;
  HttpFailure failure = HttpFailure::none;
  std::string detail;  ///< For logs.
};

/// What an exchange that broke off means for the one who waits for its answer.
[[nodiscard]] UpstreamFailure failure_of(HttpFailure failure, std::string detail);
/// What a status other than 2xx means.
[[nodiscard]] UpstreamFailure failure_of_status(int status);

}  // namespace mcprouter::detail
