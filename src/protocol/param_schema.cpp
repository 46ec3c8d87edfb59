#include "protocol/param_schema.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "protocol/ascii.hpp"
#include "protocol/envelope.hpp"
#include "protocol/json_cursor.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view annotation = "x-mcp-header";
// Each becomes a header of every call.
constexpr std::size_t max_headers = 64;
// A level of properties counts twice: the map and the schema in it.
constexpr std::size_t max_depth = 256;

template <std::size_t size>
bool contains(const std::array<std::string_view, size>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Keywords whose value is a schema or a list of schemas, and those whose value is schemas by name. Values of all
/// others are data, whatever they look like.
bool holds_schemas(std::string_view keyword) {
  static constexpr std::array<std::string_view, 16> keywords{"items",
                                                             "prefixItems",
                                                             "additionalItems",
                                                             "contains",
                                                             "additionalProperties",
                                                             "unevaluatedItems",
                                                             "unevaluatedProperties",
                                                             "propertyNames",
                                                             "contentSchema",
                                                             "allOf",
                                                             "anyOf",
                                                             "oneOf",
                                                             "not",
                                                             "if",
                                                             "then",
                                                             "else"};
  return contains(keywords, keyword);
}

bool holds_schemas_by_name(std::string_view keyword) {
  static constexpr std::array<std::string_view, 5> keywords{"patternProperties", "dependentSchemas", "dependencies",
                                                            "$defs", "definitions"};
  return contains(keywords, keyword);
}

std::optional<ParamHeader::Kind> primitive(std::string_view type) {
  const auto name = string_value(type);
  if (name == "integer") return ParamHeader::Kind::integer;
  if (name == "string") return ParamHeader::Kind::string;
  if (name == "boolean") return ParamHeader::Kind::boolean;
  return std::nullopt;
}

/// Walks a schema from left to right, with a stack of its own: how deep it goes is not ours to choose.
class Reader {
 public:
  explicit Reader(std::string_view schema) : cursor_(schema) {}

  std::variant<std::vector<ParamHeader>, std::string> read() {
    if (!cursor_.at('{')) return std::vector<ParamHeader>();
    enter({Level::schema, true});
    while (!levels_.empty() && problem_.empty()) step();
    if (!problem_.empty()) return std::move(problem_);
    return std::move(found_);
  }

 private:
  struct Level {
    enum Kind { schema, by_name, list };

    Kind kind;
    bool reachable;         ///< From the root by `properties` alone.
    bool is_named = false;  ///< The last name of `path_` is this level's.
    Member header = {};     ///< Of a schema.
    Member type = {};
  };

  void enter(Level level) {
    if (levels_.size() == max_depth) {
      problem_ = "its schema is nested too deep";
      return;
    }
    cursor_.enter();
    levels_.push_back(level);
  }

  void step() {
    const Level& level = levels_.back();
    const bool more = level.kind == Level::list ? cursor_.next_element() : cursor_.next_member();
    if (!more) {
      leave();
    } else if (level.kind == Level::schema) {
      read_keyword(levels_.back(), cursor_.name());
    } else if (!cursor_.at('{')) {
      cursor_.value();
    } else if (level.kind == Level::by_name && level.reachable) {
      path_.emplace_back(cursor_.name());
      enter({Level::schema, true, true});
    } else {
      enter({Level::schema, false});
    }
  }

  void leave() {
    const Level level = levels_.back();
    levels_.pop_back();
    if (level.kind == Level::schema && level.header.present()) read_annotation(level);
    if (level.is_named) path_.pop_back();
  }

  void read_keyword(Level& schema, std::string_view keyword) {
    if (keyword == annotation) {
      take(schema.header);
    } else if (keyword == "type") {
      take(schema.type);
    } else if (keyword == "properties" && cursor_.at('{')) {
      enter({Level::by_name, schema.reachable});
    } else if (holds_schemas_by_name(keyword) && cursor_.at('{')) {
      enter({Level::by_name, false});
    } else if (holds_schemas(keyword) && (cursor_.at('{') || cursor_.at('['))) {
      enter({cursor_.at('[') ? Level::list : Level::schema, false});
    } else {
      cursor_.value();
    }
  }

  void take(Member& member) {
    member.repeated = member.present();
    member.value = cursor_.value();
  }

  void read_annotation(const Level& schema) {
    const auto name = string_value(schema.header.value);
    const auto kind = primitive(schema.type.value);
    if (schema.header.repeated || schema.type.repeated) {
      problem_ = "x-mcp-header or the type beside it stands there twice";
    } else if (!schema.reachable || path_.empty()) {
      problem_ = "x-mcp-header stands somewhere else than in properties of the arguments";
    } else if (!name || !is_token(*name)) {
      problem_ = "x-mcp-header is not a name that a header can have";
    } else if (!kind) {
      problem_ = "x-mcp-header stands beside a type other than integer, string and boolean";
    } else if (found_.size() == max_headers) {
      problem_ = "x-mcp-header stands in more than " + std::to_string(max_headers) + " places";
    } else if (!names_.insert(lowered(*name)).second) {
      problem_ = "x-mcp-header names the same header twice";
    } else {
      found_.push_back({*name, path_, *kind});
    }
  }

  JsonCursor cursor_;
  std::vector<Level> levels_;
  std::vector<std::string> path_;
  std::set<std::string> names_;
  std::vector<ParamHeader> found_;
  std::string problem_;
};

}  // namespace

std::variant<std::vector<ParamHeader>, std::string> read_param_headers(std::string_view input_schema) {
  // Either the word stands there, or it is spelled with escapes.
  const bool may_be_there =
      input_schema.find(annotation) != std::string_view::npos || input_schema.find("\\u") != std::string_view::npos;
  if (!may_be_there) return std::vector<ParamHeader>();
  return Reader(input_schema).read();
}

}  // namespace mcprouter::detail
