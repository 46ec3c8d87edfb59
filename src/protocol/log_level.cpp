#include "protocol/log_level.hpp"

#include <algorithm>
#include <array>

namespace mcprouter::detail {

bool is_log_level(std::string_view level) {
  static constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                           "error", "critical", "alert",  "emergency"};
  return std::find(kLevels.begin(), kLevels.end(), level) != kLevels.end();
}

}  // namespace mcprouter::detail
