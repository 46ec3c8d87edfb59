#include "json.hpp"

#include <cstddef>

namespace bench {
namespace {

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) ++at;
  return at;
}

/// `at` is at the opening quote; returns the position after the closing one.
std::size_t skip_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\') ++at;
  }
  return at + 1;
}

/// Returns the position after the value that begins at `at`.
std::size_t skip_value(std::string_view text, std::size_t at) {
  int depth = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at = skip_string(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') {
      if (depth == 0) return at;  // The end of what contains a number or literal.
      if (--depth == 0) return at + 1;
    }
    if (c == ',' && depth == 0) return at;
    ++at;
  }
  return at;
}

}  // namespace

std::string_view member(std::string_view text, std::string_view key) {
  std::size_t at = skip_space(text, 0);
  if (at >= text.size() || text[at] != '{') return {};
  ++at;
  while (true) {
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != '"') return {};
    const std::size_t name = at + 1;
    at = skip_string(text, at);
    const bool wanted = at <= text.size() && text.substr(name, at - name - 1) == key;
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != ':') return {};
    const std::size_t value = skip_space(text, at + 1);
    at = skip_value(text, value);
    if (wanted && at <= text.size()) return text.substr(value, at - value);
    at = skip_space(text, at);
    if (at >= text.size() || text[at] != ',') return {};
    ++at;
  }
}

std::string_view unquoted(std::string_view value) {
  if (value.size() < 2 || value.front() != '"') return {};
  return value.substr(1, value.size() - 2);
}

}  // namespace bench
