#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace mcprouter::detail {

/// Longest time that an option may have: a year. Sums with it stay far from overflow.
inline constexpr std::chrono::milliseconds max_duration = std::chrono::hours(8'760);

/// Reads a whole number and its unit, without space: `250ms`, `5s`, `30m`, `1h`. Returns nullopt for anything else, for
/// zero and for more than `max_duration`.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace mcprouter::detail
