#include "protocol/log_level.hpp"

#include <algorithm>
#include <array>

namespace mcprouter::detail {
namespace {

constexpr std::array<std::string_view, 8> kLevels{"debug", "info",     "notice", "warning",
                                                  "error", "critical", "alert",  "emergency"};

}  // namespace

bool is_log_level(std::string_view level) { return log_severity(level) < kLevels.size(); }

std::size_t log_severity(std::string_view level) {
  return static_cast<std::size_t>(std::find(kLevels.begin(), kLevels.end(), level) - kLevels.begin());
}

}  // namespace mcprouter::detail
