#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mcprouter::detail {

/// What a member of an object is to be.
struct MemberChange {
  std::string_view name;
  std::optional<std::string> value;  ///< JSON text; nullopt: the member is to be missing.
};

/// Returns `object` with these members changed: a member that stands there keeps its place, a new one comes last, and
/// of one that stands there twice the second goes. Everything else keeps its bytes; an object that loses its last
/// member is `{}`. What is no object is returned as it is. Requires: no name is in `changes` twice.
[[nodiscard]] std::string with_members(std::string_view object, std::vector<MemberChange> changes);

/// Returns the member of that name if it is an object, else an empty view.
[[nodiscard]] std::string_view object_member(std::string_view object, std::string_view name);

/// Returns the member of that name, unescaped, if it is a string, else an empty text.
[[nodiscard]] std::string string_member(std::string_view object, std::string_view name);

/// Returns the member of that name as whole milliseconds, at most a year; zero if it is missing, negative or no number.
[[nodiscard]] std::chrono::milliseconds milliseconds_member(std::string_view object, std::string_view name);

/// Returns `{"name":value,...}`, the values as written; what has no value is left out.
[[nodiscard]] std::string object_of(const std::vector<MemberChange>& members);

}  // namespace mcprouter::detail
