#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {

// What is_valid_field says, by table and without branches: every byte of every head passes here, twice. Values are most
// of it; compilers look at 16 bytes of one at once as long as it is bytes that are gathered.

inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) table[c] = is_token_char(static_cast<char>(c));
  return table;
}();

/// RFC 9110 5.1.
inline bool is_field_name(std::string_view name) {
  bool good = !name.empty();
  for (const char c : name) good &= kTokenChars[static_cast<unsigned char>(c)];
  return good;
}

/// RFC 9110 5.5.
inline bool is_field_value(std::string_view value) {
  unsigned char bad = 0;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<unsigned char>((byte < ' ' && byte != '\t') || byte == 0x7f);
  }
  return bad == 0;
}

}  // namespace mcprouter::detail
