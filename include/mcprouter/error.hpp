#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace mcprouter {

/// A configuration that cannot be used. The only exception that the library throws on its own account, and only from
/// constructors, `Router::reload` and the functions of config.hpp.
class ConfigError : public std::runtime_error {
 public:
  /// `path` is the JSON path of the member at fault (`$.router.listen`), `problem` what is wrong and what was expected.
  ConfigError(std::string path, const std::string& problem)
      : std::runtime_error(path + ": " + problem), path_(std::move(path)) {}

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// Why a request was not answered with a result. Stable names: they stand in `error.data.reason` and in metric labels.
enum class Reason {
  // The client's request.
  method_not_allowed,
  origin_refused,
  host_refused,
  unauthenticated,
  body_too_large,
  header_too_large,
  content_type_unsupported,
  not_acceptable,
  parse_error,
  invalid_request,
  unsupported_protocol_version,
  header_mismatch,             ///< Since 2026-07-28: a header is missing, or does not say what the body says.
  request_meta_missing,        ///< Since 2026-07-28: `params._meta` lacks the version or the client's capabilities.
  modern_version_unsupported,  ///< Since 2026-07-28: `params._meta` names a version that is not served that way.
  client_capability_missing,   ///< Since 2026-07-28: it needs something that the client did not declare.
  session_id_missing,
  event_id_unknown,  ///< `Last-Event-ID` names nothing that is still kept for this session.
  too_many_streams,
  session_not_found,
  too_many_sessions,
  too_many_sessions_for_client,
  method_not_found,
  invalid_params,
  unknown_tool,
  unknown_prompt,
  unknown_resource,
  unknown_task,
  too_many_subscriptions,
  // What failed behind the router.
  backend_unavailable,     ///< No connection, or no upstream session could be made. The request was not run.
  backend_timeout,         ///< No answer in time. The request may have run.
  outcome_unknown,         ///< The connection broke after the request was sent. It may have run.
  backend_protocol_error,  ///< The answer was not MCP: bad JSON, wrong id, too large, an unexpected status.
  backend_refused,         ///< The backend asked for authentication or forbade the request (401, 403).
  shutting_down,
  internal_error,
};

/// What a reason looks like to a client.
struct ReasonInfo {
  std::string_view name;  ///< "session_not_found"
  int status;             ///< HTTP status of an answer that is not a JSON-RPC reply to a request of a live session.
  int code;               ///< JSON-RPC error code.
  std::string_view text;  ///< One sentence for people.
};

/// The one table. Thread-safe; throws nothing.
[[nodiscard]] const ReasonInfo& info(Reason reason);

}  // namespace mcprouter
