#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "protocol/json_check.hpp"

namespace mcprouter::detail {

/// Does what `find_problem` says, slowly, and says where the problem is.
[[nodiscard]] std::optional<JsonProblem> diagnose(std::string_view text, std::size_t max_depth);

}  // namespace mcprouter::detail
