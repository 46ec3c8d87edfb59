#include "protocol/legacy_result.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/header_annotations.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/legacy_content.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/version.hpp"

namespace mcprouter::detail {
namespace {

struct ListMember {
  std::string_view method, member;
};
constexpr std::array<ListMember, 4> kLists{{{"tools/list", "tools"},
                                            {"prompts/list", "prompts"},
                                            {"resources/list", "resources"},
                                            {"resources/templates/list", "resourceTemplates"}}};

bool is_object(const std::optional<std::string_view>& value) { return value && kind_of(*value) == JsonKind::object; }

/// Says whether sessions of every version take it: a schema of an object.
bool is_object_schema(std::string_view schema) { return string_member(schema, "type") == "object"; }

/// Returns the list with each element changed.
template <typename Change>
std::string each_element(std::string_view list, const Change& change) {
  std::vector<Replacement> changes;
  for (const std::string_view element : elements(list)) {
    changes.push_back({element, change(element)});
  }
  return splice(list, std::move(changes));
}

MemberChange without(std::string_view name) { return {name, std::nullopt}; }

/// `_meta` as it was but for the server's name; nullopt if nothing else is in it.
std::optional<std::string> legacy_meta(std::string_view meta) {
  std::string rest = with_members(meta, {without(kServerInfoKey)});
  return rest == "{}" ? std::nullopt : std::optional(std::move(rest));
}

std::vector<MemberChange> tool_result_changes(std::string_view result, std::string_view version) {
  std::vector<MemberChange> changes;
  const auto content = member(result, "content");
  std::optional<std::string> carried;
  if (content && kind_of(*content) == JsonKind::array) {
    carried = each_element(*content, [&](std::string_view block) { return legacy_content(block, version); });
  }
  const auto structured = member(result, "structuredContent");
  if (structured && (version < version_2025_06_18 || !is_object(structured))) {
    changes.push_back(without("structuredContent"));
    carried = with_text_of(carried.value_or("[]"), *structured);
  }
  if (carried) {
    changes.push_back({"content", std::move(carried)});
  }
  return changes;
}

std::vector<MemberChange> prompt_changes(std::string_view result, std::string_view version) {
  const auto messages = member(result, "messages");
  if (!messages || kind_of(*messages) != JsonKind::array) {
    return {};
  }
  return {
      {"messages", each_element(*messages, [&](std::string_view message) {
         const std::string_view content = object_member(message, "content");
         return content.empty() ? std::string(message) : splice(message, {{content, legacy_content(content, version)}});
       })}};
}

}  // namespace

std::string legacy_list_entry(std::string_view list_method, std::string_view entry, std::string_view version) {
  std::vector<MemberChange> changes;
  if (version < version_2025_11_25) {
    changes.push_back(without("icons"));
  }
  if (version < version_2025_06_18) {
    changes.push_back(without("title"));
  }
  if (list_method != "tools/list") {
    return with_members(entry, std::move(changes));
  }
  // Tasks of this kind are none of a modern server's.
  changes.push_back(without("execution"));
  if (version < version_2025_03_26) {
    changes.push_back(without("annotations"));
  }
  const auto schema = member(entry, "outputSchema");
  if (schema && (version < version_2025_06_18 || !is_object_schema(*schema))) {
    changes.push_back(without("outputSchema"));
  }
  return without_header_annotations(with_members(entry, std::move(changes)));
}

std::string legacy_result(std::string_view method, std::string_view result, std::string_view version) {
  std::vector<MemberChange> changes;
  if (method == "tools/call") {
    changes = tool_result_changes(result, version);
  } else if (method == "prompts/get") {
    changes = prompt_changes(result, version);
  }
  const auto list = std::find_if(kLists.begin(), kLists.end(), [&](const auto& each) { return each.method == method; });
  if (list != kLists.end()) {
    if (const auto entries = member(result, list->member); entries && kind_of(*entries) == JsonKind::array) {
      changes.push_back({list->member, each_element(*entries, [&](std::string_view entry) {
                           return legacy_list_entry(method, entry, version);
                         })});
    }
  }
  changes.push_back(without("resultType"));
  changes.push_back(without("ttlMs"));
  changes.push_back(without("cacheScope"));
  if (const std::string_view meta = object_member(result, "_meta"); !meta.empty()) {
    changes.push_back({"_meta", legacy_meta(meta)});
  }
  return with_members(result, std::move(changes));
}

}  // namespace mcprouter::detail
