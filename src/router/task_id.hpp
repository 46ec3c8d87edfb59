#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mcprouter/era.hpp"
#include "support/seal.hpp"

namespace mcprouter::detail {

/// A task of a backend.
struct TaskOwner {
  std::string backend;
  std::string id;  ///< As the backend calls it.
  /// The session that it lives in, of a modern client at a legacy backend; empty: the client's own, or none.
  std::string session = {};
};

/// The id of a task towards clients says whose it is, for that principal alone (TSL-06, TSK-12). The same task always
/// has the same id. `era` is the client's: tasks of one era are none in the other (TSK-13).
[[nodiscard]] std::string exposed_task_id(const Seal& seal, Era era, std::string_view principal_key,
                                          const TaskOwner& task);
/// Returns nullopt for an id that was not given to this principal in this era.
[[nodiscard]] std::optional<TaskOwner> task_owner(const Seal& seal, Era era, std::string_view principal_key,
                                                  std::string_view exposed);

}  // namespace mcprouter::detail
