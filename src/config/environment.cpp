#include "config/environment.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <optional>

#include "config/config_json.hpp"

namespace mcprouter::detail {
namespace {

// A value is a URL or a header; servers refuse header fields far below this.
constexpr std::size_t max_expanded = 64u << 10;

bool is_name_byte(char c, bool first) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (!first && c >= '0' && c <= '9');
}

std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_name_byte(text[length], length == 0)) ++length;
  return length;
}

bool is_utf8(const std::string& text) {
  try {
    (void)ConfigJson(text).dump();
    return true;
  } catch (const ConfigJson::type_error&) {
    return false;
  }
}

/// `reference` is what stands between `${` and `}`.
std::string resolve(std::string_view reference, const Environment& environment, const std::string& path) {
  const std::size_t length = name_length(reference);
  const std::string_view name = reference.substr(0, length);
  const std::string_view rest = reference.substr(length);
  const bool has_default = rest.substr(0, 2) == ":-";
  if (name.empty() || (!rest.empty() && !has_default)) {
    throw ConfigError(path, "expected ${NAME} or ${NAME:-default}; write $${ for a literal ${");
  }
  std::optional<std::string> value = environment ? environment(name) : std::nullopt;
  if (has_default && (!value || value->empty())) return std::string(rest.substr(2));
  if (!value) throw ConfigError(path, fmt::format("the environment variable {} is not set", name));
  if (!is_utf8(*value)) throw ConfigError(path, fmt::format("the environment variable {} is not UTF-8", name));
  return *value;
}

}  // namespace

std::string expand_environment(std::string_view text, const Environment& environment, const std::string& path) {
  std::string expanded;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.substr(0, 3) == "$${") {
      expanded += "${";
      at += 3;
    } else if (rest.substr(0, 2) == "${") {
      const std::size_t end = rest.find('}');
      if (end == std::string_view::npos) {
        throw ConfigError(path, "expected a } after ${; write $${ for a literal ${");
      }
      expanded += resolve(rest.substr(2, end - 2), environment, path);
      at += end + 1;
    } else {
      expanded += text[at++];
    }
    if (expanded.size() > max_expanded) {
      throw ConfigError(path, fmt::format("the value is too long; expected at most {} bytes", max_expanded));
    }
  }
  return expanded;
}

}  // namespace mcprouter::detail
