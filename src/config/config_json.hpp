#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Keeps the members of an object in the file's order.
using ConfigJson = nlohmann::ordered_json;

/// Bytes of a configuration; a larger file is not one.
inline constexpr std::size_t max_config_size = 1u << 20;

/// Parses strict JSON. Throws ConfigError, with line and column for a syntax error and with the JSON path for a member
/// that an object has twice or that is nested too deep. No message quotes the text: it may hold credentials.
[[nodiscard]] ConfigJson parse_config_json(std::string_view text);

/// Returns the path of a member, `$.a.b` or, for a name that is no identifier, `$.a["b c"]`.
[[nodiscard]] std::string member_path(const std::string& path, std::string_view name);

/// Returns the path of an array's element, `$.a[1]`.
[[nodiscard]] std::string element_path(const std::string& path, std::size_t index);

}  // namespace mcprouter::detail
