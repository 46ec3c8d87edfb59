#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/result_stream.hpp"

namespace mcprouter::detail {

/// Returns what stands for a task's id on the other hop, or nullopt to leave it.
using TaskIdMap = std::function<std::optional<std::string>(std::string_view id)>;

/// Maps the ids in a result.
[[nodiscard]] ResultEdit task_id_edit(TaskIdMap map);

/// Replaces the ids of 2025-11-25 tasks in one message, wherever the revision has them: in a result as the task, a
/// list of tasks, or what a message is related to; in a request or notification as its subject or what it is related
/// to. Everything else keeps its bytes.
[[nodiscard]] std::string map_task_ids(std::string message, const TaskIdMap& map);

}  // namespace mcprouter::detail
