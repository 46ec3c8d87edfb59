#include "protocol/legacy_form.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

std::string array_of(const std::vector<std::string>& values) {
  std::string array = "[";
  for (const std::string& value : values) {
    array.append(array.size() > 1 ? "," : "").append(value);
  }
  return array + "]";
}

/// Returns the property as the client knows it; nullopt: it knows no such property.
std::optional<std::string> legacy_property(std::string_view property) {
  const std::string type = string_member(property, "type");
  if (type == "array") {
    return std::nullopt;
  }
  std::vector<MemberChange> changes;
  if (type != "boolean") {
    changes.push_back({"default", std::nullopt});
  }
  if (const auto choices = member(property, "oneOf")) {
    std::vector<std::string> values;
    std::vector<std::string> titles;
    for (const std::string_view choice : elements(*choices)) {
      const std::string value = string_member(choice, "const");
      const std::string title = string_member(choice, "title");
      values.push_back(quoted(value));
      titles.push_back(quoted(title.empty() ? value : title));
    }
    changes.push_back({"oneOf", std::nullopt});
    changes.push_back({"enum", array_of(values)});
    changes.push_back({"enumNames", array_of(titles)});
  }
  return with_members(property, std::move(changes));
}

}  // namespace

std::string legacy_form(std::string_view schema) {
  const std::string_view properties = object_member(schema, "properties");
  if (properties.empty()) {
    return std::string(schema);
  }
  const std::vector<JsonMember> all = members(properties);
  std::vector<MemberChange> shown;
  for (const auto& [name, property] : all) {
    shown.push_back({name, legacy_property(property)});
  }
  std::vector<MemberChange> changes;
  changes.push_back({"properties", object_of(shown)});
  if (const auto required = member(schema, "required")) {
    std::vector<std::string> kept;
    for (const std::string_view name : elements(*required)) {
      if (member(*changes.front().value, string_value(name).value_or(std::string()))) {
        kept.emplace_back(name);
      }
    }
    changes.push_back({"required", array_of(kept)});
  }
  return with_members(schema, std::move(changes));
}

}  // namespace mcprouter::detail
