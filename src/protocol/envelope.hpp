#pragma once

#include <string_view>

namespace mcprouter::detail {

/// A member that is looked for by its name.
struct Member {
  std::string_view value;  ///< As written; empty if it is missing.
  bool repeated = false;

  [[nodiscard]] bool present() const { return !value.empty(); }
};

/// What of a message's `params` routes, whatever the method.
struct RoutedParams {
  Member name, uri, cursor, task_id, task, arguments, request_state, input_responses, meta;
  Member progress_token, protocol_version, client_info, client_capabilities, log_level;  ///< Of `_meta`.
};

/// The members of a JSON-RPC message, and those below them that route.
struct Envelope {
  Member id, jsonrpc, method, params, result, error;
  RoutedParams routed;
};

/// Finds the members of a message in one pass. All are missing if the text is no object, and `routed` is missing if
/// `params` is none. Requires: `find_problem` said nothing.
[[nodiscard]] Envelope read_envelope(std::string_view text);

}  // namespace mcprouter::detail
