#pragma once

#include <cstddef>
#include <string_view>

namespace mcprouter::detail {

// Of all control characters only TAB may stand in a value (RFC 9110 5.5), so a head is good where it has no others but
// its line ends: that is looked at once, not value by value.

/// Returns how many control characters `text` has, without TAB. Compilers look at 16 bytes at once.
inline std::size_t count_controls(std::string_view text) {
  std::size_t controls = 0;
  while (!text.empty()) {
    // As much as a byte can count.
    const std::string_view part = text.substr(0, 255);
    unsigned char in_part = 0;
    for (const char c : part) {
      const auto byte = static_cast<unsigned char>(c);
      in_part = static_cast<unsigned char>(in_part + ((byte < ' ' && byte != '\t') || byte == 0x7f));
    }
    controls += in_part;
    text.remove_prefix(part.size());
  }
  return controls;
}

/// Returns how many control characters so many lines end in.
constexpr std::size_t controls_of(std::size_t lines) { return 2 * lines; }

}  // namespace mcprouter::detail
