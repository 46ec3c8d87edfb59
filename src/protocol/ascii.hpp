#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace mcprouter::detail {

// Of <cctype> nothing is used: its answers depend on the process's locale.

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
constexpr bool is_hex_digit(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'f'); }

/// RFC 9110 5.6.2. A table: every name of every head passes here, twice.
inline constexpr std::array<bool, 256> kTokenChars = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    const char as_char = static_cast<char>(c);
    table[c] = is_digit(as_char) || is_letter(as_char);
  }
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}();
constexpr bool is_token_char(char c) { return kTokenChars[static_cast<unsigned char>(c)]; }

/// Returns the size of the token that `text` begins with.
constexpr std::size_t token_size(std::string_view text) {
  const auto is_good = [&](std::size_t at) -> unsigned { return is_token_char(text[at]); };
  std::size_t size = 0;
  while (size + 4 <= text.size() && (is_good(size) & is_good(size + 1) & is_good(size + 2) & is_good(size + 3)) != 0) {
    size += 4;
  }
  while (size < text.size() && is_good(size) != 0) ++size;
  return size;
}

constexpr bool is_token(std::string_view text) { return !text.empty() && token_size(text) == text.size(); }

constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return x == y || lower(x) == lower(y); });
}

inline std::string lowered(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), lower);
  return result;
}

/// Without the spaces and tabs around it (OWS of RFC 9110 5.6.3).
constexpr std::string_view trimmed(std::string_view text) {
  // No find_first_not_of: it calls memchr for each byte.
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace mcprouter::detail
