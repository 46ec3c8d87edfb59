#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "mcprouter/error.hpp"
#include "mcprouter/http.hpp"
#include "protocol/message.hpp"

namespace mcprouter::detail {

/// What a request since 2026-07-28 says of its client. Views point into the message.
struct RequestMeta {
  std::string protocol_version;
  std::string_view client_info;          ///< An object as written; empty if there is none.
  std::string_view client_capabilities;  ///< An object as written; empty only for a notification.
  std::string log_level;                 ///< Empty: the client wants no log messages.
  bool log_level_is_known = true;        ///< Otherwise the request is refused, if its method is served at all.
};

struct ModernProblem {
  Reason reason;
  std::string detail;  ///< For people; holds no value of the request.
  std::string data;    ///< What `error.data` must have, an object as written, or empty.
};

/// Checks what every message of a modern client must say of itself, in its headers and `_meta`: that the version and
/// the client's capabilities are there, that the headers `MCP-Protocol-Version`, `Mcp-Method` and `Mcp-Name` say what
/// the body says, that the version is ours; the first in the order of the conformance suite that does not hold is the
/// problem. Whether the method exists and its params make sense is for others to say, and only after that matters
/// whether the log level is one.
///
/// A notification need not have any of it, but what it has must agree (HDR-11). Answers have no place in this era.
/// Requires: `classify` says that the message is modern.
[[nodiscard]] std::variant<RequestMeta, ModernProblem> check_modern_request(const Message& message,
                                                                            const Headers& headers,
                                                                            FieldValues values = FieldValues::as_sent);

/// Returns what `Mcp-Name` mirrors of a message, as written: the name, the URI or the task id (HDR-02, HDR-03). Empty:
/// the method has no `Mcp-Name`, or the params lack the member.
[[nodiscard]] std::string_view mirrored_name(const Message& message);

}  // namespace mcprouter::detail
