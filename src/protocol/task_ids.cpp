#include "protocol/task_ids.hpp"

#include <utility>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

using Ways = std::vector<JsonPaths::Way>;

/// The places of ids below these members.
Ways task_ids_below(const Ways& members) {
  Ways ways;
  for (const JsonPaths::Way& member : members) {
    for (const JsonPaths::Way& way : Ways{
             {"taskId"},
             {"task", "taskId"},
             {"tasks", JsonPaths::each, "taskId"},
             {"_meta", "io.modelcontextprotocol/related-task", "taskId"},
         }) {
      JsonPaths::Way& whole = ways.emplace_back(member);
      whole.insert(whole.end(), way.begin(), way.end());
    }
  }
  return ways;
}

ResultEdit edit_ids(const Ways& ways, TaskIdMap map) {
  ResultEdit edit;
  edit.ways = ways;
  edit.change = [map = std::move(map)](std::string_view written) {
    const auto id = string_value(written);
    const auto mapped = id ? map(*id) : std::nullopt;
    return mapped ? std::optional(quoted(*mapped)) : std::nullopt;
  };
  return edit;
}

}  // namespace

ResultEdit task_id_edit(TaskIdMap map) {
  static const Ways in_result = task_ids_below({{}});
  return edit_ids(in_result, std::move(map));
}

std::string map_task_ids(std::string message, const TaskIdMap& map) {
  static const Ways in_message = task_ids_below({{"result"}, {"params"}});
  auto mapped = edit_text(message, {edit_ids(in_message, map)});
  return mapped ? std::move(*mapped) : message;
}

}  // namespace mcprouter::detail
