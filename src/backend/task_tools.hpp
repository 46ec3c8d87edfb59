#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Whether a tool of a 2025-11-25 backend can be called as a task (`execution.taskSupport`).
enum class TaskSupport { forbidden, optional, required };

/// What tools of session-ful backends can do as tasks, as their lists said last.
///
/// Thread-safe. Bounded in tools per backend and in backends.
class TaskTools {
 public:
  struct Tool {
    std::string name;
    TaskSupport support = TaskSupport::forbidden;
  };

  /// Adds what a list says, also that a tool is no task now.
  void learn(std::string_view backend, std::uint64_t revision, const std::vector<Tool>& tools);
  /// Returns nullopt for a backend whose tools were never listed.
  [[nodiscard]] std::optional<TaskSupport> find(std::string_view backend, std::uint64_t revision,
                                                std::string_view tool);

 private:
  using Tools = std::unordered_map<std::string, TaskSupport>;

  Mutex mutex_;
  std::unordered_map<std::string, Tools> backends_ MCPROUTER_GUARDED_BY(mutex_);  ///< By name and revision.
};

/// Says whether a session-ful backend with these capabilities runs calls of tools as tasks (TSL-01).
[[nodiscard]] bool runs_tasks(std::string_view capabilities);

/// Reads one entry of a session-ful backend's tools/list; one without a name is called "".
[[nodiscard]] TaskTools::Tool read_task_tool(std::string_view entry);

}  // namespace mcprouter::detail
