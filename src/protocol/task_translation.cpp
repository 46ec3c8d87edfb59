#include "protocol/task_translation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/modern_result.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kRelatedTask = "io.modelcontextprotocol/related-task";
constexpr std::array<std::string_view, 5> kStatusNames{"working", "input_required", "completed", "failed", "cancelled"};

MemberChange without(std::string_view name) { return {name, std::nullopt}; }

/// Moves a member's value to another name; leaves it if it is missing.
void rename(std::vector<MemberChange>& changes, std::string_view object, std::string_view from, std::string_view to) {
  if (const auto value = member(object, from)) {
    changes.push_back(without(from));
    changes.push_back({to, std::string(*value)});
  }
}

/// Takes a key out of `_meta`, and `_meta` if nothing else is in it.
void drop_meta(std::vector<MemberChange>& changes, std::string_view object, std::string_view key) {
  if (const std::string_view meta = object_member(object, "_meta"); !meta.empty()) {
    std::string rest = with_members(meta, {without(key)});
    changes.push_back({"_meta", rest == "{}" ? std::nullopt : std::optional(std::move(rest))});
  }
}

std::variant<ModernTask, std::string> read_state(std::string_view task) {
  ModernTask read;
  read.id = string_member(task, "taskId");
  if (read.id.empty()) {
    return "a task has no taskId";
  }
  const auto status = std::find(kStatusNames.begin(), kStatusNames.end(), string_member(task, "status"));
  if (status == kStatusNames.end()) {
    return "a task is in no known status";
  }
  read.status = static_cast<ModernTask::Status>(status - kStatusNames.begin());
  read.poll_interval = milliseconds_member(task, "pollIntervalMs");
  return read;
}

}  // namespace

std::optional<std::string> modern_created_task(std::string_view result, std::string_view server_info) {
  const std::string_view task = object_member(result, "task");
  if (string_member(task, "taskId").empty()) {
    return std::nullopt;
  }
  std::vector<MemberChange> changes;
  if (const std::string_view meta = object_member(result, "_meta"); !meta.empty()) {
    changes.push_back({"_meta", with_members(meta, {without(kRelatedTask)})});
  }
  return modern_result(with_members(modern_task(task, {}), std::move(changes)), server_info, std::nullopt,
                       ResultType::task);
}

std::string modern_task(std::string_view task, const TaskContents& contents) {
  std::vector<MemberChange> changes;
  rename(changes, task, "ttl", "ttlMs");
  rename(changes, task, "pollInterval", "pollIntervalMs");
  drop_meta(changes, task, kRelatedTask);
  std::optional<std::string> result;
  std::optional<std::string> error;
  std::optional<std::string> requests;
  if (!contents.result.empty()) {
    result = without_related_task(contents.result);
    changes.push_back({"status", quoted("completed")});
  } else if (!contents.error.empty()) {
    error = contents.error;
    changes.push_back({"status", quoted("failed")});
  } else if (!contents.requests.empty()) {
    requests = input_requests(contents.requests);
    changes.push_back({"status", quoted("input_required")});
  }
  changes.push_back({"result", std::move(result)});
  changes.push_back({"error", std::move(error)});
  changes.push_back({"inputRequests", std::move(requests)});
  return with_members(task, std::move(changes));
}

std::string legacy_task(std::string_view task) {
  std::vector<MemberChange> changes;
  rename(changes, task, "ttlMs", "ttl");
  rename(changes, task, "pollIntervalMs", "pollInterval");
  for (const std::string_view name : {"resultType", "result", "error", "inputRequests", "requestState"}) {
    changes.push_back(without(name));
  }
  drop_meta(changes, task, kServerInfoKey);
  const auto is_error = member(object_member(task, "result"), "isError");
  if (string_member(task, "status") == "completed" && is_error == "true") {
    changes.push_back({"status", quoted("failed")});
  }
  return with_members(task, std::move(changes));
}

std::string about_task(std::string_view id) { return object_of({{"taskId", quoted(id)}}); }

std::string_view related_task(std::string_view object) {
  return object.empty() ? std::string_view() : object_member(object_member(object, "_meta"), kRelatedTask);
}

std::string with_related_task(std::string_view result, std::string_view related) {
  if (related.empty()) {
    return std::string(result);
  }
  const std::string_view meta = object_member(result, "_meta");
  return with_members(result,
                      {{"_meta", with_members(meta.empty() ? "{}" : meta, {{kRelatedTask, std::string(related)}})}});
}

std::string without_related_task(std::string_view object) {
  std::vector<MemberChange> changes;
  if (!object.empty()) {
    drop_meta(changes, object, kRelatedTask);
  }
  return with_members(object, std::move(changes));
}

std::variant<ModernTask, std::string> read_created_task(std::string_view result) { return read_state(result); }

std::variant<ModernTask, std::string> read_modern_task(std::string_view task) {
  auto read = read_state(task);
  auto* const state = std::get_if<ModernTask>(&read);
  if (state == nullptr) {
    return read;
  }
  if (state->status == ModernTask::Status::completed) {
    state->result = object_member(task, "result");
    if (state->result.empty()) {
      return "a completed task has no result";
    }
  }
  if (state->status == ModernTask::Status::failed) {
    state->error = object_member(task, "error");
    if (!is_error_object(state->error)) {
      return "a failed task has no error";
    }
  }
  if (state->status == ModernTask::Status::input_required) {
    auto input = read_input_required(task);
    if (auto* const problem = std::get_if<std::string>(&input)) {
      return std::move(*problem);
    }
    state->requests = std::move(std::get<InputRequired>(input).requests);
  }
  return read;
}

}  // namespace mcprouter::detail
