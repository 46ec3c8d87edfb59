#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "protocol/input_required.hpp"

namespace mcprouter::detail {

// Tasks of 2025-11-25 ("session-ful") and of the extension io.modelcontextprotocol/tasks of 2026-07-28 ("modern"). Both
// have the same states, but a tool's own error is "failed" there and "completed" here (TSK-10). Ids are the caller's to
// map, before or after (`map_task_ids`).

/// Makes a session-ful server's result that creates a task into a modern one; nullopt if it creates none.
[[nodiscard]] std::optional<std::string> modern_created_task(std::string_view result, std::string_view server_info);

/// What a modern task has in it, besides its state: one of these, or nothing.
struct TaskContents {
  std::string_view result;             ///< What `tasks/result` gave.
  std::string_view error;              ///< The error that it gave instead.
  std::vector<InputRequest> requests;  ///< What the task waits for.
};

/// Makes a session-ful task, as `tasks/get` and `notifications/tasks/status` have it, into a modern one with these
/// contents: the params of `notifications/tasks`, or with `modern_result` the result of `tasks/get` (TSK-05). Requires:
/// of a task that says that it is done the contents are given.
[[nodiscard]] std::string modern_task(std::string_view task, const TaskContents& contents);

/// Makes a modern task into a session-ful one, without its contents.
[[nodiscard]] std::string legacy_task(std::string_view task);

/// The params of a request that is about a task, in either era.
[[nodiscard]] std::string about_task(std::string_view id);

// What session-ful servers say for a task names it in `_meta` (TSL-07). `object` is params or a result as written.

/// Returns the value that names the task, as written; empty if there is none.
[[nodiscard]] std::string_view related_task(std::string_view object);
/// Returns a response's result with that value; as it is if that is empty.
[[nodiscard]] std::string with_related_task(std::string_view result, std::string_view related);
/// Returns the object without it.
[[nodiscard]] std::string without_related_task(std::string_view object);

/// A modern task.
struct ModernTask {
  enum class Status { working, input_required, completed, failed, cancelled };

  std::string id;
  Status status = Status::working;
  std::chrono::milliseconds poll_interval{};  ///< Zero: none was suggested.
  std::string result;                         ///< Of a task that is completed: an object.
  std::string error;                          ///< Of a task that failed: an object as written.
  std::vector<InputRequest> requests;         ///< Of a task that waits for input.
};

/// Reads a modern server's result that creates a task, which has no contents (TSK-03), or says for people what is wrong
/// with it.
[[nodiscard]] std::variant<ModernTask, std::string> read_created_task(std::string_view result);

/// Reads a modern server's result of `tasks/get`, or the params of `notifications/tasks`, likewise.
[[nodiscard]] std::variant<ModernTask, std::string> read_modern_task(std::string_view task);

}  // namespace mcprouter::detail
