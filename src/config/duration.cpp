#include "config/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

namespace mcprouter::detail {
namespace {

struct Unit {
  std::string_view name;
  std::chrono::milliseconds length;
};

constexpr std::array<Unit, 4> units = {{{"ms", std::chrono::milliseconds(1)},
                                        {"s", std::chrono::seconds(1)},
                                        {"m", std::chrono::minutes(1)},
                                        {"h", std::chrono::hours(1)}}};

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  std::uint64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc() || count == 0) return std::nullopt;
  const std::string_view name = text.substr(static_cast<std::size_t>(rest - text.data()));
  for (const Unit& unit : units) {
    if (unit.name != name) continue;
    if (count > static_cast<std::uint64_t>(max_duration / unit.length)) return std::nullopt;
    return unit.length * static_cast<std::int64_t>(count);
  }
  return std::nullopt;
}

}  // namespace mcprouter::detail
