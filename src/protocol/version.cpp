#include "protocol/version.hpp"

#include <algorithm>

namespace mcprouter::detail {

bool is_session_version(std::string_view version) {
  return std::find(session_versions.rbegin(), session_versions.rend(), version) != session_versions.rend();
}

std::string_view negotiate(std::string_view requested) {
  const auto found = std::find(session_versions.begin(), session_versions.end(), requested);
  return found != session_versions.end() ? *found : newest_session_version;
}

bool allows_batches(std::string_view version) { return version == version_2024_11_05 || version == version_2025_03_26; }

}  // namespace mcprouter::detail
