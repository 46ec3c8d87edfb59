#pragma once

#include <string_view>

#include "mcprouter/era.hpp"
#include "protocol/message.hpp"

namespace mcprouter::detail {

/// Tells the era of a message that was POSTed on its own, for any message and any `MCP-Protocol-Version` (empty: there
/// is none). What the body says of itself decides over the method, and the method over the header: `initialize` with a
/// version in `_meta` is modern, and no method there (TRAP-03).
[[nodiscard]] Era classify(const Message& message, std::string_view version_header);

/// Says whether `MCP-Protocol-Version` names a revision without GET and DELETE.
[[nodiscard]] bool names_modern_version(std::string_view version_header);

}  // namespace mcprouter::detail
