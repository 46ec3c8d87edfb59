#include "mcprouter/error.hpp"

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter {
namespace {

TEST_CASE("every reason has its name, status and code", "[error]") {
  struct Case {
    Reason reason;
    std::string_view name;
    int status;
    int code;
  };
  const std::vector<Case> cases = {
      {Reason::method_not_allowed, "method_not_allowed", 405, -32600},
      {Reason::origin_refused, "origin_refused", 403, -32600},
      {Reason::host_refused, "host_refused", 403, -32600},
      {Reason::unauthenticated, "unauthenticated", 401, -32600},
      {Reason::body_too_large, "body_too_large", 413, -32600},
      {Reason::header_too_large, "header_too_large", 431, -32600},
      {Reason::content_type_unsupported, "content_type_unsupported", 415, -32600},
      {Reason::not_acceptable, "not_acceptable", 406, -32600},
      {Reason::parse_error, "parse_error", 400, -32700},
      {Reason::invalid_request, "invalid_request", 400, -32600},
      {Reason::unsupported_protocol_version, "unsupported_protocol_version", 400, -32600},
      {Reason::header_mismatch, "header_mismatch", 400, -32020},
      {Reason::request_meta_missing, "request_meta_missing", 400, -32602},
      {Reason::modern_version_unsupported, "modern_version_unsupported", 400, -32022},
      {Reason::client_capability_missing, "client_capability_missing", 400, -32021},
      {Reason::session_id_missing, "session_id_missing", 400, -32600},
      {Reason::event_id_unknown, "event_id_unknown", 400, -32600},
      {Reason::too_many_streams, "too_many_streams", 429, -32603},
      {Reason::session_not_found, "session_not_found", 404, -32600},
      {Reason::too_many_sessions, "too_many_sessions", 503, -32603},
      {Reason::too_many_sessions_for_client, "too_many_sessions_for_client", 429, -32603},
      {Reason::method_not_found, "method_not_found", 200, -32601},
      {Reason::invalid_params, "invalid_params", 200, -32602},
      {Reason::unknown_tool, "unknown_tool", 200, -32602},
      {Reason::unknown_prompt, "unknown_prompt", 200, -32602},
      {Reason::unknown_resource, "unknown_resource", 200, -32002},
      {Reason::unknown_task, "unknown_task", 200, -32602},
      {Reason::too_many_subscriptions, "too_many_subscriptions", 200, -32602},
      {Reason::backend_unavailable, "backend_unavailable", 200, -32603},
      {Reason::backend_timeout, "backend_timeout", 200, -32603},
      {Reason::outcome_unknown, "outcome_unknown", 200, -32603},
      {Reason::backend_protocol_error, "backend_protocol_error", 200, -32603},
      {Reason::backend_refused, "backend_refused", 200, -32603},
      {Reason::shutting_down, "shutting_down", 503, -32603},
      {Reason::internal_error, "internal_error", 500, -32603},
  };
  std::set<std::string_view> names;
  std::set<std::string_view> texts;
  for (const auto& [reason, name, status, code] : cases) {
    CAPTURE(name);
    CHECK(info(reason).name == name);
    CHECK(info(reason).status == status);
    CHECK(info(reason).code == code);
    CHECK(info(reason).text.ends_with('.'));
    names.insert(info(reason).name);
    texts.insert(info(reason).text);
  }
  CHECK(names.size() == cases.size());
  CHECK(texts.size() == cases.size());
}

TEST_CASE("a configuration error names the member at fault", "[error]") {
  const ConfigError error("$.router.listen", "expected host:port");
  CHECK(error.path() == "$.router.listen");
  CHECK(std::string(error.what()) == "$.router.listen: expected host:port");
}

}  // namespace
}  // namespace mcprouter
