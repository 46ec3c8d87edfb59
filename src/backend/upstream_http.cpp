#include "backend/upstream_http.hpp"

#include <fmt/format.h>

#include <utility>

#include "backend/header_rules.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {

HttpRequest upstream_request(const Backend& backend, const Headers& passed, UpstreamIdentity identity, std::string body,
                             ExchangeTimes times) {
  HttpRequest request;
  request.method = body.empty() ? "DELETE" : "POST";
  request.url = backend.url;
  request.headers = passed;
  apply_set(request.headers, backend.headers);
  if (!body.empty()) {
    request.headers.set("Content-Type", "application/json");
  }
  request.headers.set("Accept", "application/json, text/event-stream");
  if (!identity.session_id.empty()) {
    request.headers.set("Mcp-Session-Id", std::string(identity.session_id));
  }
  // The header came with 2025-06-18 (VER-03).
  if (identity.protocol_version >= version_2025_06_18) {
    request.headers.set("MCP-Protocol-Version", std::string(identity.protocol_version));
  }
  request.body = std::move(body);
  request.connect_timeout = times.connect;
  request.idle_timeout = times.idle;
  request.total_timeout = times.total;
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
