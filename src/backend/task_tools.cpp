#include "backend/task_tools.hpp"

#include <fmt/format.h>

#include "protocol/capabilities.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

// Only tools that can be tasks take a place.
constexpr std::size_t kMaxTools = 4'096;
constexpr std::size_t kMaxBackends = 1'024;

std::string key(std::string_view backend, std::uint64_t revision) { return fmt::format("{}\n{}", backend, revision); }

}  // namespace

void TaskTools::learn(std::string_view backend, std::uint64_t revision, const std::vector<Tool>& tools) {
  MutexLock lock(mutex_);
  const std::string name = key(backend, revision);
  if (backends_.size() >= kMaxBackends && backends_.count(name) == 0) {
    backends_.clear();
  }
  Tools& known = backends_[name];
  for (const Tool& tool : tools) {
    if (tool.support == TaskSupport::forbidden) {
      known.erase(tool.name);
    } else if (known.size() < kMaxTools || known.count(tool.name) != 0) {
      known[tool.name] = tool.support;
    }
  }
}

std::optional<TaskSupport> TaskTools::find(std::string_view backend, std::uint64_t revision, std::string_view tool) {
  MutexLock lock(mutex_);
  const auto known = backends_.find(key(backend, revision));
  if (known == backends_.end()) {
    return std::nullopt;
  }
  const auto found = known->second.find(std::string(tool));
  return found == known->second.end() ? TaskSupport::forbidden : found->second;
}

bool runs_tasks(std::string_view capabilities) { return has_capability(capabilities, "tasks.requests.tools.call"); }

TaskTools::Tool read_task_tool(std::string_view entry) {
  TaskTools::Tool tool;
  if (kind_of(entry) != JsonKind::object) {
    return tool;
  }
  tool.name = string_member(entry, "name");
  const std::string support = string_member(object_member(entry, "execution"), "taskSupport");
  tool.support = support == "required"   ? TaskSupport::required
                 : support == "optional" ? TaskSupport::optional
                                         : TaskSupport::forbidden;
  return tool;
}

}  // namespace mcprouter::detail
