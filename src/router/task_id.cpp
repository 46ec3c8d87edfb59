#include "router/task_id.hpp"

#include <fmt/format.h>

namespace mcprouter::detail {
namespace {

// Seals are told apart by what they are bound to, so that no cursor passes for a task.
std::string binding(Era era, std::string_view principal_key) {
  return fmt::format("{}\n{}", era == Era::legacy ? "task" : "modern task", principal_key);
}

}  // namespace

std::string exposed_task_id(const Seal& seal, Era era, std::string_view principal_key, const TaskOwner& task) {
  return seal.seal(fmt::format("{}\n{}", task.backend, task.id), binding(era, principal_key));
}

std::optional<TaskOwner> task_owner(const Seal& seal, Era era, std::string_view principal_key,
                                    std::string_view exposed) {
  const std::optional<std::string> text = seal.open(exposed, binding(era, principal_key));
  const std::size_t end = text ? text->find('\n') : std::string::npos;
  return end == std::string::npos ? std::nullopt
                                  : std::optional(TaskOwner{text->substr(0, end), text->substr(end + 1)});
}

}  // namespace mcprouter::detail
