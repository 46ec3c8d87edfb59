#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "mcprouter/error.hpp"
#include "mcprouter/options.hpp"

namespace mcprouter::detail {

/// The envelope of a JSON-RPC 2.0 message. Views point into the text that was read.
struct Message {
  enum class Kind { request, notification, result, error };

  Kind kind;
  std::string_view id;      ///< As written, quotes included. Empty: a notification, or an error without a readable id.
  std::string method;       ///< Of a request or notification.
  std::string_view params;  ///< An object as written, or empty.
  std::string_view result;  ///< Any value as written; only the method knows what it must be.
  std::string_view error;   ///< An object as written, with an integer `code` and a string `message`.

  // What of `params` routes: any values as written, or empty.
  std::string_view name;
  std::string_view uri;
  std::string_view cursor;
  std::string_view task_id;
  std::string_view task;
  std::string_view arguments;
  std::string_view request_state;
  std::string_view input_responses;
  std::string_view meta;            ///< `_meta`.
  std::string_view progress_token;  ///< `_meta.progressToken`.
  // `_meta["io.modelcontextprotocol/..."]`: what each request since 2026-07-28 says of its client.
  std::string_view protocol_version;
  std::string_view client_info;
  std::string_view client_capabilities;
  std::string_view log_level;
};

struct MessageProblem {
  Reason reason;       ///< `parse_error` or `invalid_request`.
  std::string detail;  ///< For people; holds nothing of the text.
  std::string id;      ///< As written if it could be read, else "null".
};

/// Reads one message. An id is a string or an integer (a fraction of zeros is tolerated) of at most
/// `limits.max_id_length` bytes as written. A member that routes and stands twice is refused: two parsers may disagree
/// on which one counts. The order of members does not matter.
[[nodiscard]] std::variant<Message, MessageProblem> read_message(std::string_view text, const Limits& limits);

/// Takes a 2025-03-26 batch apart, 1 to `limits.max_batch` messages; each is still to be read.
[[nodiscard]] std::variant<std::vector<std::string_view>, MessageProblem> read_batch(std::string_view text,
                                                                                     const Limits& limits);

/// Says whether a message that is not complete yet will be a response with a result, or none at all: its `result` comes
/// before any `method`, and does not say at its beginning that it is incomplete itself (`inputRequests`, or another
/// `resultType`).
[[nodiscard]] bool begins_as_result(std::string_view beginning);

/// Says whether the first byte that is not white space opens an array.
[[nodiscard]] bool is_array(std::string_view text);

/// Says whether two ids as written are the same: `"1"` is not `1`, `"\u0031"` is `"1"`, `1.0` is `1`.
/// What is no id equals nothing.
[[nodiscard]] bool same_id(std::string_view a, std::string_view b);

/// Says whether it is an object with an integer `code` and a string `message`.
[[nodiscard]] bool is_error_object(std::string_view error);

// Ids, params, results, errors and data are JSON as written and are not checked again; an empty id is written as null,
// empty params and data are left out.
[[nodiscard]] std::string request_message(std::string_view id, std::string_view method, std::string_view params);
[[nodiscard]] std::string notification_message(std::string_view method, std::string_view params);
[[nodiscard]] std::string result_message(std::string_view id, std::string_view result);
[[nodiscard]] std::string error_message(std::string_view id, int code, std::string_view text, std::string_view data);
[[nodiscard]] std::string error_message(std::string_view id, std::string_view error);
/// `notifications/cancelled` for the request with that id.
[[nodiscard]] std::string cancelled_message(std::string_view id, std::string_view reason);

}  // namespace mcprouter::detail
