#pragma once

#include <string_view>

namespace mcprouter {

/// The library's version; the build checks it against the project's.
inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace mcprouter
