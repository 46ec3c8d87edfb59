#pragma once

#include <string_view>

namespace mcprouter::detail {

/// Says whether it is a level of logging/setLevel, as RFC 5424 names them (LOG-01).
[[nodiscard]] bool is_log_level(std::string_view level);

}  // namespace mcprouter::detail
