#include "protocol/header_annotations.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kAnnotation = "x-mcp-header";

/// Members of a schema whose members are schemas: their names are names of arguments or definitions.
constexpr std::array<std::string_view, 5> kSchemasByName{"properties", "patternProperties", "$defs", "definitions",
                                                         "dependentSchemas"};
/// Members of a schema that are values of the argument, not schemas.
constexpr std::array<std::string_view, 4> kValues{"const", "enum", "default", "examples"};

template <typename Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string clean_schema(std::string_view schema);

/// A value that is a schema, a list of schemas, or nothing of the kind.
std::string clean(std::string_view value) {
  if (kind_of(value) != JsonKind::array) {
    return clean_schema(value);
  }
  std::vector<Replacement> changes;
  for (const std::string_view element : elements(value)) {
    if (kind_of(element) == JsonKind::object) {
      changes.push_back({element, clean_schema(element)});
    }
  }
  return splice(value, std::move(changes));
}

std::string clean_schema(std::string_view schema) {
  std::vector<Replacement> changes;
  for_each_member(schema, [&](std::string_view name, std::string_view value) {
    if (contains(kSchemasByName, name)) {
      for (const JsonMember& named : members(value)) {
        changes.push_back({named.value, clean(named.value)});
      }
    } else if (!contains(kValues, name)) {
      changes.push_back({value, clean(value)});
    }
    return true;
  });
  return with_members(splice(schema, std::move(changes)), {{kAnnotation, std::nullopt}});
}

}  // namespace

std::string without_header_annotations(std::string_view tool) {
  const std::string_view schema = object_member(tool, "inputSchema");
  // Nearly no tool has any; an escape may hide the name.
  if (schema.find(kAnnotation) == std::string_view::npos && schema.find("\\u") == std::string_view::npos) {
    return std::string(tool);
  }
  return splice(tool, {{schema, clean_schema(schema)}});
}

}  // namespace mcprouter::detail
