#include "protocol/task_ids.hpp"

#include <utility>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

/// The places of ids below these members.
ResultEdit task_ids_below(const std::vector<JsonPaths::Way>& members, TaskIdMap map) {
  ResultEdit edit;
  for (const JsonPaths::Way& member : members) {
    for (const JsonPaths::Way& way : std::vector<JsonPaths::Way>{
             {"taskId"},
             {"task", "taskId"},
             {"tasks", JsonPaths::each, "taskId"},
             {"_meta", "io.modelcontextprotocol/related-task", "taskId"},
         }) {
      JsonPaths::Way& whole = edit.ways.emplace_back(member);
      whole.insert(whole.end(), way.begin(), way.end());
    }
  }
  edit.change = [map = std::move(map)](std::string_view written) {
    const auto id = string_value(written);
    const auto mapped = id ? map(*id) : std::nullopt;
    return mapped ? std::optional(quoted(*mapped)) : std::nullopt;
  };
  return edit;
}

}  // namespace

ResultEdit task_id_edit(TaskIdMap map) { return task_ids_below({{}}, std::move(map)); }

std::string map_task_ids(std::string message, const TaskIdMap& map) {
  auto mapped = edit_text(message, {task_ids_below({{"result"}, {"params"}}, map)});
  return mapped ? std::move(*mapped) : message;
}

}  // namespace mcprouter::detail
