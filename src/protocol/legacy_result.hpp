#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Makes a modern server's complete result of `method` into one for a client with a session of this version: without
/// the members that only modern results have, and with content of the kinds that the version knows. Structured content
/// that cannot be carried stands as text (TOOL-03). What nothing is said about keeps its bytes; an empty result is
/// `{}`, since clients accept no more (TRAP-20). What is no object is returned as it is. Not for tasks: see
/// `legacy_task`.
[[nodiscard]] std::string legacy_result(std::string_view method, std::string_view result, std::string_view version);

/// Does the same for one entry of a list ("tools/list", ...).
[[nodiscard]] std::string legacy_list_entry(std::string_view list_method, std::string_view entry,
                                            std::string_view version);

}  // namespace mcprouter::detail
