#include "protocol/capabilities.hpp"

#include <algorithm>
#include <optional>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

void add(std::string& object, std::string_view name, std::string_view value) {
  object.append(object.empty() ? "{" : ",").append(quoted(name)).append(":").append(value);
}

std::string closed(std::string object) { return object.empty() ? "{}" : object.append("}"); }

/// Says of which nested capabilities a task capability consists.
std::string served_tasks(const ServedCapabilities& served) {
  const auto any = [&](std::string_view path) {
    return std::any_of(served.backends.begin(), served.backends.end(),
                       [path](std::string_view backend) { return has_capability(backend, path); });
  };
  std::string tasks;
  if (any("tasks.cancel")) add(tasks, "cancel", "{}");
  if (served.task_lists && any("tasks.list")) add(tasks, "list", "{}");
  if (any("tasks.requests.tools.call")) add(tasks, "requests", R"({"tools":{"call":{}}})");
  return closed(std::move(tasks));
}

}  // namespace

std::string offered_capabilities(std::string_view client_capabilities) {
  std::string offered;
  for_each_member(client_capabilities, [&](std::string_view name, std::string_view value) {
    if (kind_of(value) != JsonKind::object) return true;
    if (name == "roots" || name == "elicitation") {
      add(offered, name, value);
    } else if (name == "sampling") {
      std::string sampling;
      if (const auto tools = member(value, "tools"); tools && kind_of(*tools) == JsonKind::object) {
        add(sampling, "tools", *tools);
      }
      add(offered, name, closed(std::move(sampling)));
    }
    return true;
  });
  return closed(std::move(offered));
}

std::string normalised_capabilities(std::string_view client_capabilities) {
  const std::string offered = offered_capabilities(client_capabilities);
  std::string normalised;
  if (has_capability(offered, "elicitation")) {
    std::string modes;
    const bool url = has_capability(offered, "elicitation.url");
    if (!url || has_capability(offered, "elicitation.form")) add(modes, "form", "{}");
    if (url) add(modes, "url", "{}");
    add(normalised, "elicitation", closed(std::move(modes)));
  }
  if (has_capability(offered, "roots")) add(normalised, "roots", "{}");
  if (has_capability(offered, "sampling")) {
    add(normalised, "sampling", has_capability(offered, "sampling.tools") ? R"({"tools":{}})" : "{}");
  }
  return closed(std::move(normalised));
}

std::string served_capabilities(const ServedCapabilities& served) {
  const auto any = [&](std::string_view path) {
    return std::any_of(served.backends.begin(), served.backends.end(),
                       [path](std::string_view backend) { return has_capability(backend, path); });
  };
  constexpr std::string_view kChanges = R"({"listChanged":true})";
  std::string all;
  if (any("completions")) add(all, "completions", "{}");
  if (any("logging")) add(all, "logging", "{}");
  if (served.some_unknown || any("prompts")) add(all, "prompts", kChanges);
  if (served.some_unknown || any("resources")) {
    add(all, "resources", any("resources.subscribe") ? R"({"subscribe":true,"listChanged":true})" : kChanges);
  }
  if (served.tasks && any("tasks")) add(all, "tasks", served_tasks(served));
  if (served.some_unknown || any("tools")) add(all, "tools", kChanges);
  return closed(std::move(all));
}

bool has_capability(std::string_view capabilities, std::string_view path) {
  // Asked with each call, and mostly not there: no name is written without its letters, but with escapes.
  const bool may_be_named = capabilities.find(path.substr(0, path.find('.'))) != std::string_view::npos ||
                            capabilities.find('\\') != std::string_view::npos;
  if (!may_be_named) return false;
  std::string_view value = capabilities;
  while (!path.empty()) {
    if (kind_of(value) != JsonKind::object) return false;
    const std::size_t point = std::min(path.find('.'), path.size());
    const auto found = member(value, path.substr(0, point));
    if (!found) return false;
    value = *found;
    path.remove_prefix(std::min(point + 1, path.size()));
  }
  return kind_of(value) == JsonKind::object || value == "true";
}

}  // namespace mcprouter::detail
