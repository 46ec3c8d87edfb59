#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_check.hpp"

namespace mcprouter::detail {

// JSON read and changed as text: what is not ours keeps its bytes (number lexemes, order, unknown members). Every
// function is one pass without a tree; the views it returns point into its argument. Nothing throws.
//
// What takes a text apart requires that `find_problem` said nothing of it, or of what it was taken from: on any other
// text its result has no meaning.

enum class JsonKind { object, array, string, number, boolean, null };

/// Tells by the first byte. Requires: no white space before it.
[[nodiscard]] JsonKind kind_of(std::string_view value);

/// Calls `visit` with each member in order, name unescaped, value as written, until it returns false.
/// Returns false if `object` is another kind of value.
bool for_each_member(std::string_view object,
                     const std::function<bool(std::string_view name, std::string_view value)>& visit);

struct JsonMember {
  std::string name;        ///< Unescaped.
  std::string_view value;  ///< As written, without white space around it.
};

/// Returns all members, duplicates included; none if `object` is another kind of value.
[[nodiscard]] std::vector<JsonMember> members(std::string_view object);

/// Returns all elements; none if `array` is another kind of value.
[[nodiscard]] std::vector<std::string_view> elements(std::string_view array);

/// Returns the first member of that name; reads no further.
[[nodiscard]] std::optional<std::string_view> member(std::string_view object, std::string_view name);

/// Returns the member of that name if there is exactly one: of two, another reader may take the other.
[[nodiscard]] std::optional<std::string_view> only_member(std::string_view object, std::string_view name);

/// Returns the string, unescaped; nullopt if `value` is not a JSON string. Requires nothing of it.
[[nodiscard]] std::optional<std::string> string_value(std::string_view value);

/// Returns a string literal. Invalid UTF-8 is replaced by U+FFFD. An object, since a call of a function of this name
/// with a std::string would be a call of std::quoted.
struct Quoted {
  [[nodiscard]] std::string operator()(std::string_view utf8) const;
};
inline constexpr Quoted quoted{};

struct Replacement {
  std::string_view range;  ///< Into the text that is spliced; an empty one is a place to insert at.
  std::string text;
};

/// Returns `text` with every range replaced. Requires: the ranges lie within `text` and do not overlap; any order.
[[nodiscard]] std::string splice(std::string_view text, std::vector<Replacement> replacements);

}  // namespace mcprouter::detail
