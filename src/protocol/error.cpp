#include "mcprouter/error.hpp"

#include <array>
#include <cstddef>

namespace mcprouter {
namespace {

// JSON-RPC 2.0, section 5.1.
constexpr int parse = -32700;
constexpr int invalid = -32600;
constexpr int no_method = -32601;
constexpr int bad_params = -32602;
constexpr int failed = -32603;
// MCP, of the revisions with sessions.
constexpr int no_resource = -32002;
// MCP, since 2026-07-28.
constexpr int mismatch = -32020;
constexpr int no_capability = -32021;
constexpr int no_version = -32022;

struct Row {
  Reason reason;
  ReasonInfo info;
};

constexpr std::size_t position(Reason reason) { return static_cast<std::size_t>(reason); }

constexpr std::array<Row, position(Reason::internal_error) + 1> table = {{
    {Reason::method_not_allowed, {"method_not_allowed", 405, invalid, "This endpoint does not serve this method."}},
    {Reason::origin_refused, {"origin_refused", 403, invalid, "Pages of this origin may not call this endpoint."}},
    {Reason::host_refused, {"host_refused", 403, invalid, "This endpoint is not served under this host name."}},
    {Reason::unauthenticated, {"unauthenticated", 401, invalid, "This endpoint needs valid credentials."}},
    {Reason::body_too_large, {"body_too_large", 413, invalid, "The body of the request is too large."}},
    {Reason::header_too_large, {"header_too_large", 431, invalid, "The header of the request is too large."}},
    {Reason::content_type_unsupported,
     {"content_type_unsupported", 415, invalid, "The body must be application/json in UTF-8."}},
    {Reason::not_acceptable,
     {"not_acceptable", 406, invalid, "Accept must list application/json and text/event-stream."}},
    {Reason::parse_error, {"parse_error", 400, parse, "The body is not one JSON value in UTF-8."}},
    {Reason::invalid_request, {"invalid_request", 400, invalid, "The body is not a JSON-RPC 2.0 message."}},
    {Reason::unsupported_protocol_version,
     {"unsupported_protocol_version", 400, invalid, "MCP-Protocol-Version names no version that is supported here."}},
    {Reason::header_mismatch, {"header_mismatch", 400, mismatch, "The headers do not say what the body says."}},
    {Reason::request_meta_missing,
     {"request_meta_missing", 400, bad_params, "params._meta lacks what every request says of its client."}},
    {Reason::modern_version_unsupported,
     {"modern_version_unsupported", 400, no_version, "This version is not supported here: data lists those that are."}},
    {Reason::client_capability_missing,
     {"client_capability_missing", 400, no_capability, "The client did not declare a capability that this needs."}},
    {Reason::session_id_missing,
     {"session_id_missing", 400, invalid, "Mcp-Session-Id is missing: send initialize first."}},
    {Reason::event_id_unknown,
     {"event_id_unknown", 400, invalid, "Last-Event-ID names nothing that is still kept: send the request again."}},
    {Reason::too_many_streams, {"too_many_streams", 429, failed, "There are too many open streams: close some."}},
    {Reason::session_not_found,
     {"session_not_found", 404, invalid, "There is no such session, or no longer: send initialize for a new one."}},
    {Reason::too_many_sessions,
     {"too_many_sessions", 503, failed, "There are too many sessions at the moment: try again later."}},
    {Reason::too_many_sessions_for_client,
     {"too_many_sessions_for_client", 429, failed, "You have too many sessions: end some, or try again later."}},
    {Reason::method_not_found, {"method_not_found", 200, no_method, "There is no such method here."}},
    {Reason::invalid_params, {"invalid_params", 200, bad_params, "The params of the request are not valid."}},
    {Reason::unknown_tool, {"unknown_tool", 200, bad_params, "There is no tool of this name: see tools/list."}},
    {Reason::unknown_prompt, {"unknown_prompt", 200, bad_params, "There is no prompt of this name: see prompts/list."}},
    {Reason::unknown_resource, {"unknown_resource", 200, no_resource, "There is no resource of this URI."}},
    {Reason::unknown_task, {"unknown_task", 200, bad_params, "There is no task of this id."}},
    {Reason::too_many_subscriptions,
     {"too_many_subscriptions", 200, bad_params, "This session has too many subscriptions: end some."}},
    {Reason::backend_unavailable,
     {"backend_unavailable", 200, failed, "The server behind this cannot be reached; the request was not run."}},
    {Reason::backend_timeout,
     {"backend_timeout", 200, failed, "The server behind this did not answer in time; the request may have run."}},
    {Reason::outcome_unknown,
     {"outcome_unknown", 200, failed, "The connection to the server behind this broke; the request may have run."}},
    {Reason::backend_protocol_error,
     {"backend_protocol_error", 200, failed, "The answer of the server behind this could not be understood."}},
    {Reason::backend_refused,
     {"backend_refused", 200, failed, "The server behind this refused the router's credentials or the request."}},
    {Reason::shutting_down, {"shutting_down", 503, failed, "This endpoint is shutting down: try again later."}},
    {Reason::internal_error, {"internal_error", 500, failed, "Something failed inside the router."}},
}};

/// Requires: `internal_error` stays the last enumerator.
constexpr bool is_complete() {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (position(table[i].reason) != i || table[i].info.name.empty()) return false;
  }
  return true;
}
static_assert(is_complete(), "a row for every Reason, in the order of the enumerators");

}  // namespace

const ReasonInfo& info(Reason reason) {
  const std::size_t index = position(reason);
  return index < table.size() ? table[index].info : table.back().info;
}

}  // namespace mcprouter
