#include "protocol/task_ids.hpp"

#include <utility>
#include <vector>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kRelatedTask = "io.modelcontextprotocol/related-task";

class Mapping {
 public:
  explicit Mapping(const TaskIdMap& map) : map_(map) {}

  /// Maps what is below a result or params.
  void visit(std::string_view body) {
    if (kind_of(body) != JsonKind::object) return;
    for_each_member(body, [this](std::string_view name, std::string_view value) {
      if (name == "taskId") {
        replace(value);
      } else if (name == "task") {
        visit_task(value);
      } else if (name == "tasks" && kind_of(value) == JsonKind::array) {
        for (const std::string_view task : elements(value)) visit_task(task);
      } else if (name == "_meta" && kind_of(value) == JsonKind::object) {
        if (const auto related = member(value, kRelatedTask)) visit_task(*related);
      }
      return true;
    });
  }

  std::vector<Replacement> take() { return std::move(replacements_); }

 private:
  void visit_task(std::string_view task) {
    if (kind_of(task) != JsonKind::object) return;
    if (const auto id = member(task, "taskId")) replace(*id);
  }

  void replace(std::string_view id) {
    const auto text = string_value(id);
    auto mapped = text ? map_(*text) : std::nullopt;
    if (mapped) replacements_.push_back({id, quoted(*mapped)});
  }

  const TaskIdMap& map_;
  std::vector<Replacement> replacements_;
};

}  // namespace

std::string map_task_ids(std::string message, const TaskIdMap& map) {
  Mapping mapping(map);
  for (const std::string_view part : {"result", "params"}) {
    if (const auto body = member(message, part)) mapping.visit(*body);
  }
  std::vector<Replacement> replacements = mapping.take();
  return replacements.empty() ? message : splice(message, std::move(replacements));
}

}  // namespace mcprouter::detail
