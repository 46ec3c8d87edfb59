#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/param_headers.hpp"

namespace mcprouter::detail {

/// Reads the annotations of a tool's `inputSchema`, in the order of the schema. If one is not what the protocol allows
/// (PAR-01), or they are too many or too deep, says why, and the tool must not be listed (PAR-02): the text holds
/// nothing of the schema. Requires: `find_problem` said nothing of the schema.
/// Cost: one pass; a search for the word if there are none.
[[nodiscard]] std::variant<std::vector<ParamHeader>, std::string> read_param_headers(std::string_view input_schema);

}  // namespace mcprouter::detail
