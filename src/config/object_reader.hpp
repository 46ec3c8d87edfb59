#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config_json.hpp"
#include "mcprouter/config.hpp"

namespace mcprouter::detail {

/// Reads the members of one JSON object of a configuration, and knows the path of each.
///
/// A `read` leaves its target as it is when the member is not there, which keeps the default.
///
/// Lifetime: `value` and `environment` outlive it.
/// Errors: every function throws ConfigError, with the member's path, for a value that is not as expected.
class ObjectReader {
 public:
  ObjectReader(const ConfigJson& value, std::string path, const Environment& environment);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path_of(std::string_view name) const { return member_path(path_, name); }
  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }
  [[nodiscard]] std::vector<std::string> names() const;

  /// Refuses every other member; suggests the known name that is nearest.
  void allow_only(const std::vector<std::string_view>& known) const;

  [[nodiscard]] std::optional<ObjectReader> object(std::string_view name) const;

  /// Text, with the environment expanded.
  void read(std::string_view name, std::string& target) const;
  /// A whole number of 1 or more.
  void read(std::string_view name, std::size_t& target) const;
  void read(std::string_view name, std::chrono::milliseconds& target) const;
  void read(std::string_view name, std::vector<std::string>& target) const;

  /// All members, each of them text.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> texts() const;

 private:
  [[nodiscard]] const ConfigJson* find(std::string_view name) const;
  [[nodiscard]] std::string text(const ConfigJson& value, const std::string& path) const;

  const ConfigJson* value_;
  std::string path_;
  const Environment* environment_;
};

}  // namespace mcprouter::detail
