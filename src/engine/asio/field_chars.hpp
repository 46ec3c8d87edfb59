#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {

// What is_valid_field says, for every byte of every head that comes or goes: names by table, and values without looking
// at each. Of all control characters only TAB may stand in a value (RFC 9110 5.5), so a head is good where it has no
// others but its line ends.

inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_token_char(static_cast<char>(c));
  return table;
}();

/// Returns the size of the token that `text` begins with (RFC 9110 5.6.2).
inline std::size_t token_size(std::string_view text) {
  const auto is_good = [&](std::size_t at) { return kTokenChars[static_cast<unsigned char>(text[at])]; };
  std::size_t size = 0;
  while (size + 4 <= text.size() && (is_good(size) & is_good(size + 1) & is_good(size + 2) & is_good(size + 3))) {
    size += 4;
  }
  while (size < text.size() && is_good(size)) ++size;
  return size;
}

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
