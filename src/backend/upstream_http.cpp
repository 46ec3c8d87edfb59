#include "backend/upstream_http.hpp"

#include <fmt/format.h>

#include <utility>

#include "backend/header_rules.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {

namespace {

HttpRequest request_to(const Backend& backend, std::string method, const Headers& passed, UpstreamIdentity identity,
                       ExchangeTimes times) {
  HttpRequest request;
  request.method = std::move(method);
  request.url = backend.url;
  request.headers = passed;
  apply_set(request.headers, backend.headers);
  // Neither holds a field of ours: those names are reserved.
  if (!identity.session_id.empty()) {
    request.headers.add("Mcp-Session-Id", identity.session_id);
  }
  // The header came with 2025-06-18 (VER-03).
  if (identity.protocol_version >= version_2025_06_18) {
    request.headers.add("MCP-Protocol-Version", identity.protocol_version);
  }
  request.connect_timeout = times.connect;
  request.idle_timeout = times.idle;
  request.total_timeout = times.total;
  return request;
}

}  // namespace

HttpRequest upstream_request(const Backend& backend, const Headers& passed, UpstreamIdentity identity, std::string body,
                             ExchangeTimes times) {
  HttpRequest request = request_to(backend, body.empty() ? "DELETE" : "POST", passed, identity, times);
  if (!body.empty()) {
    request.headers.add("Content-Type", "application/json");
  }
  request.headers.add("Accept", "application/json, text/event-stream");
  request.body = std::move(body);
  return request;
}

HttpRequest upstream_listening(const Backend& backend, const Headers& passed, UpstreamIdentity identity,
                               std::string_view last_event_id, ExchangeTimes times) {
  HttpRequest request = request_to(backend, "GET", passed, identity, times);
  request.headers.add("Accept", "text/event-stream");
  // An id that may not stand in a header cannot be sent back.
  if (!last_event_id.empty() && is_valid_field("Last-Event-ID", last_event_id)) {
    request.headers.add("Last-Event-ID", last_event_id);
  }
  return request;
}

UpstreamFailure failure_of(HttpFailure failure, std::string detail) {
  switch (failure) {
    case HttpFailure::not_sent:
      return {Reason::backend_unavailable, failure, std::move(detail)};
    case HttpFailure::timeout:
      return {Reason::backend_timeout, failure, std::move(detail)};
    case HttpFailure::cancelled:
      return {Reason::shutting_down, failure, std::move(detail)};
    case HttpFailure::broken:
    case HttpFailure::none:
      break;
  }
  return {Reason::outcome_unknown, failure, std::move(detail)};
}

UpstreamFailure failure_of_status(int status) {
  Reason reason = Reason::backend_protocol_error;
  if (status == 401 || status == 403) {
    reason = Reason::backend_refused;
  } else if (status == 429 || status == 503) {
    reason = Reason::backend_unavailable;
  }
  return {reason, HttpFailure::none, fmt::format("HTTP status {}", status)};
}

}  // namespace mcprouter::detail
