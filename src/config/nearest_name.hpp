#pragma once

#include <string_view>
#include <vector>

namespace mcprouter::detail {

/// Returns the known name that `name` was probably meant to be: at most two edits away, case, `_` and `-` aside. Empty
/// if none is near.
[[nodiscard]] std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known);

}  // namespace mcprouter::detail
