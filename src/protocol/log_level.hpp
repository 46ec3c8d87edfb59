#pragma once

#include <cstddef>
#include <string_view>

namespace mcprouter::detail {

/// Says whether it is a level of logging/setLevel, as RFC 5424 names them (LOG-01).
[[nodiscard]] bool is_log_level(std::string_view level);

/// Returns where a level stands among all: 0 is the most verbose. What is no level comes last.
[[nodiscard]] std::size_t log_severity(std::string_view level);

}  // namespace mcprouter::detail
