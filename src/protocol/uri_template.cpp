#include "protocol/uri_template.hpp"

#include <algorithm>

namespace mcprouter::detail {
namespace {

struct Expression {
  bool may_be_empty = false;  ///< Form-style query parameters vanish without values.
};

/// Takes the literal at the beginning of a template.
std::string_view take_literal(std::string_view& rest) {
  const std::string_view literal = rest.substr(0, rest.find('{'));
  rest.remove_prefix(literal.size());
  return literal;
}

/// Takes the expressions at the beginning of a template; nullopt if one does not end.
std::optional<Expression> take_expressions(std::string_view& rest) {
  Expression all{true};
  while (rest.starts_with('{')) {
    const std::size_t end = rest.find('}');
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    all.may_be_empty = all.may_be_empty && (rest[1] == '?' || rest[1] == '&');
    rest.remove_prefix(end + 1);
  }
  return all;
}

}  // namespace

std::optional<std::size_t> match_template(std::string_view uri_template, std::string_view uri) {
  std::string_view rest = uri_template;
  std::string_view literal = take_literal(rest);
  if (!uri.starts_with(literal)) return std::nullopt;
  uri.remove_prefix(literal.size());
  std::size_t literals = literal.size();
  while (!rest.empty()) {
    const std::optional<Expression> expression = take_expressions(rest);
    if (!expression) return std::nullopt;
    literal = take_literal(rest);
    literals += literal.size();
    const std::size_t least = expression->may_be_empty ? 0 : 1;
    // The last literal ends the URI; one before matches as early as it can, which leaves the most to the others.
    if (rest.empty()) {
      if (uri.size() < least + literal.size() || !uri.ends_with(literal)) return std::nullopt;
      return literals;
    }
    const std::size_t at = uri.size() < least ? std::string_view::npos : uri.find(literal, least);
    if (at == std::string_view::npos) return std::nullopt;
    uri.remove_prefix(at + literal.size());
  }
  return uri.empty() ? std::optional(literals) : std::nullopt;
}

}  // namespace mcprouter::detail
