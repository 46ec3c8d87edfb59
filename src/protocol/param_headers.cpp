#include "protocol/param_headers.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "protocol/ascii.hpp"
#include "protocol/header_value.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view header_prefix = "Mcp-Param-";
// Beyond it two integers may be one in JavaScript: its clients send no header for them.
constexpr double largest_safe_integer = 9007199254740991.0;

/// The argument at a path.
struct Argument {
  std::string_view value;  ///< As written; empty if it is absent or null.
  bool repeated = false;   ///< It, or something above it, stands there twice: two readers may disagree on it.
};

Argument find(const ParamHeader& param, std::string_view arguments) {
  Argument argument{arguments};
  for (const std::string& name : param.path) {
    if (argument.value.empty() || kind_of(argument.value) != JsonKind::object) return {};
    const auto first = member(argument.value, name);
    if (!first) return {};
    if (!only_member(argument.value, name)) return {{}, true};
    argument.value = *first;
  }
  return argument.value.empty() || kind_of(argument.value) == JsonKind::null ? Argument{} : argument;
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_safe_integer(double value) { return std::trunc(value) == value && std::fabs(value) <= largest_safe_integer; }

/// An integer in digits, whatever way it was written: `42.0` and `4.2e1` are 42. Any other number as it was written.
std::string decimal(std::string_view lexeme) {
  const auto value = number(lexeme);
  if (!value || !is_safe_integer(*value)) return std::string(lexeme);
  return std::to_string(static_cast<std::int64_t>(*value));
}

/// Returns what a header says of an argument; nullopt for an object or array, which no header can.
std::optional<std::string> header_text(std::string_view argument) {
  switch (kind_of(argument)) {
    case JsonKind::string:
      return string_value(argument);
    case JsonKind::boolean:
      return std::string(argument);
    case JsonKind::number:
      return decimal(argument);
    default:
      return std::nullopt;
  }
}

/// Whether a field's value is a number in the form of a header: no exponent, no leading plus.
bool is_decimal(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  return !text.empty() && is_digit(text.front()) && is_digit(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
         std::count(text.begin(), text.end(), '.') <= 1;
}

/// Numbers that both are safe integers are compared as such, all else by its text.
bool is_same(const ParamHeader& param, std::string_view argument, std::string_view text, std::string_view in_header) {
  if (in_header == text) return true;
  if (param.kind != ParamHeader::Kind::integer || kind_of(argument) != JsonKind::number) return false;
  const auto sent = is_decimal(in_header) ? number(in_header) : std::nullopt;
  const auto given = number(argument);
  return sent && given && is_safe_integer(*sent) && *sent == *given;
}

/// Whether a client of JavaScript would send no header for it.
bool may_be_unsaid(std::string_view argument) {
  if (kind_of(argument) != JsonKind::number) return false;
  const auto value = number(argument);
  return !value || (std::trunc(*value) == *value && !is_safe_integer(*value));
}

}  // namespace

Headers mirrored_headers(const std::vector<ParamHeader>& params, std::string_view arguments) {
  Headers headers;
  for (const ParamHeader& param : params) {
    const Argument argument = find(param, arguments);
    if (argument.value.empty()) continue;
    const auto text = header_text(argument.value);
    if (text) headers.add(std::string(header_prefix) + param.name, encode_header_value(*text));
  }
  return headers;
}

std::optional<std::string> param_header_problem(const std::vector<ParamHeader>& params, std::string_view arguments,
                                                const Headers& request, FieldValues values) {
  for (const ParamHeader& param : params) {
    const std::string name = std::string(header_prefix) + param.name;
    const Argument argument = find(param, arguments);
    if (argument.repeated) return "The argument of " + name + " stands there twice";
    const auto text = argument.value.empty() ? std::nullopt : header_text(argument.value);
    const auto field = request.find(name);
    if (!field) {
      if (!text || may_be_unsaid(argument.value)) continue;
      return name + " is missing";
    }
    if (request.count(name) > 1) return name + " stands there twice";
    if (!text) return name + " says what no argument does";
    if (values == FieldValues::percent_decoded && is_percent_decoded(*field, *text)) continue;
    const auto in_header = decode_header_value(*field);
    if (!in_header) return name + " has bytes that are not allowed, or Base64 that is not valid";
    if (!is_same(param, argument.value, *text, *in_header)) return name + " is not what the argument is";
  }
  return std::nullopt;
}

}  // namespace mcprouter::detail
