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
  return seal.seal(fmt::format("{}\n{}\n{}", task.backend, task.session, task.id), binding(era, principal_key));
}

std::optional<TaskOwner> task_owner(const Seal& seal, Era era, std::string_view principal_key,
                                    std::string_view exposed) {
  const std::optional<std::string> text = seal.open(exposed, binding(era, principal_key));
  const std::size_t backend_end = text ? text->find('\n') : std::string::npos;
  const std::size_t session_end =
      backend_end == std::string::npos ? std::string::npos : text->find('\n', backend_end + 1);
  if (session_end == std::string::npos) {
    return std::nullopt;
  }
  return TaskOwner{text->substr(0, backend_end), text->substr(session_end + 1),
                   text->substr(backend_end + 1, session_end - backend_end - 1)};
}

}  // namespace mcprouter::detail
