#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

// A client's request as it goes on over a hop of another kind. Everything else keeps its bytes. Requires: `request` is
// a JSON-RPC request.

/// Returns the request under this id, and with this progress token if it has one.
[[nodiscard]] std::string with_own_ids(std::string_view request, std::string_view id, std::string_view progress_token);

/// Returns a modern client's request without what only modern servers know: what `_meta` says of the client, answers to
/// what a server asked for, and the state that goes with them. Nor does it ask for a task, which this era does not do
/// (TSK-09).
[[nodiscard]] std::string legacy_request(std::string_view request);

}  // namespace mcprouter::detail
