#include "protocol/discover.hpp"

#include <optional>
#include <utility>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {

std::string discover_result(const Discovery& discovery, std::string_view server_info) {
  std::string versions = "[";
  for (const std::string_view version : discovery.versions) {
    versions.append(versions.size() == 1 ? "" : ",").append(quoted(version));
  }
  versions += ']';
  std::vector<MemberChange> result;
  result.push_back({"supportedVersions", std::move(versions)});
  result.push_back({"capabilities", std::string(discovery.capabilities)});
  if (!discovery.instructions.empty()) {
    result.push_back({"instructions", quoted(discovery.instructions)});
  }
  return modern_result(object_of(result), server_info, discovery.hints);
}

std::string modern_capabilities(ServedCapabilities served, bool tasks_extension) {
  served.tasks = false;
  std::string capabilities = served_capabilities(served);
  return tasks_extension ? with_tasks_extension(capabilities) : capabilities;
}

std::string capabilities_across_eras(std::string_view client_capabilities) {
  const std::string offered = offered_capabilities(client_capabilities);
  const std::string_view roots = object_member(offered, "roots");
  return roots.empty() ? offered : splice(offered, {{roots, with_members(roots, {{"listChanged", std::nullopt}})}});
}

bool has_tasks_extension(std::string_view capabilities) {
  return !object_member(object_member(capabilities, "extensions"), kTasksExtension).empty();
}

std::string with_tasks_extension(std::string_view capabilities) {
  const std::string_view extensions = object_member(capabilities, "extensions");
  return with_members(
      capabilities, {{"extensions", with_members(extensions.empty() ? "{}" : extensions, {{kTasksExtension, "{}"}})}});
}

}  // namespace mcprouter::detail
