#include "protocol/header_value.hpp"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view prefix = "=?base64?";
constexpr std::string_view suffix = "?=";
constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr std::uint8_t no_digit = 64;

constexpr auto digits = [] {
  std::array<std::uint8_t, 256> table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}();

/// Also of `=?base64?=`, where the markers share a byte: no two readers need agree on what that is.
bool looks_encoded(std::string_view value) { return value.starts_with(prefix) && value.ends_with(suffix); }

bool is_printable(std::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

std::string base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::string_view group = bytes.substr(at, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0U);
    }
    for (std::size_t i = 0; i < 4; ++i) {
      text += i <= group.size() ? alphabet[bits >> (18 - 6 * i) & 63U] : '=';
    }
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  text.remove_suffix(padding);
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  unsigned pending = 0;  // Bits that are not yet a byte.
  for (const char c : text) {
    const std::uint8_t digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit) return std::nullopt;
    bits = (bits << 6 | digit) & 0xFFFFU;
    pending += 6;
    if (pending < 8) continue;
    pending -= 8;
    bytes += static_cast<char>(bits >> pending & 0xFFU);
  }
  // What is left over stands for nothing, so it must be zero: a value has one encoding.
  if ((bits & ((1U << pending) - 1)) != 0) return std::nullopt;
  return bytes;
}

}  // namespace

std::string encode_header_value(std::string_view utf8) {
  const bool plain = is_printable(utf8) && !utf8.starts_with(' ') && !utf8.ends_with(' ') && !looks_encoded(utf8);
  if (plain) return std::string(utf8);
  return std::string(prefix).append(base64(utf8)).append(suffix);
}

std::optional<std::string> decode_header_value(std::string_view field) {
  const std::string_view value = trimmed(field);
  if (!is_printable(value)) return std::nullopt;
  if (!looks_encoded(value)) return std::string(value);
  if (value.size() < prefix.size() + suffix.size()) return std::nullopt;
  auto bytes = from_base64(value.substr(prefix.size(), value.size() - prefix.size() - suffix.size()));
  if (!bytes || !simdjson::validate_utf8(bytes->data(), bytes->size())) return std::nullopt;
  return bytes;
}

bool is_percent_decoded(std::string_view field, std::string_view value) {
  const std::string sent = encode_header_value(value);
  std::string decoded;
  for (std::size_t at = 0; at < sent.size(); ++at) {
    unsigned char byte = 0;
    const char* const hex = sent.data() + at + 1;
    const bool escaped = sent[at] == '%' && at + 2 < sent.size() && is_hex_digit(hex[0]) && is_hex_digit(hex[1]);
    if (escaped) {
      std::from_chars(hex, hex + 2, byte, 16);
      at += 2;
    }
    decoded += escaped ? static_cast<char>(byte) : sent[at];
  }
  return decoded != sent && trimmed(field) == trimmed(decoded);
}

}  // namespace mcprouter::detail
