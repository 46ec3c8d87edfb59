#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/backend_list.hpp"
#include "protocol/modern_result.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// A list that is made of the backends' lists.
struct ServedList {
  ListMethod list;
  std::string_view key;      ///< The member that names an entry.
  std::string_view changed;  ///< The notification that the list is another.
  /// Returns under what a backend's entry is exposed, or nullopt if it cannot be. Not asked with one backend.
  std::optional<std::string> (*expose)(const Routes& routes, const std::string& backend, const std::string& key);
};

extern const ServedList kServedTools;
extern const ServedList kServedPrompts;
extern const ServedList kServedResources;
extern const ServedList kServedTemplates;

/// The entries of all backends, as this client's session sees them.
struct MergedList {
  std::vector<std::string> entries;  ///< JSON objects under their exposed names, in deterministic order (LST-02).
  std::size_t answered = 0;          ///< Backends whose list is in it.
  CacheHints hints;                  ///< How long all of it is good, and for whom.
  bool complete = true;              ///< No backend was left out.
};

/// Asks all backends side by side; one that fails, or is slower than `Timeouts::list`, is left out and the Observer is
/// told. When a slow one answers after all, the client is told that the list has changed. Teaches the routes' tables
/// what it sees. It ends with nothing when the request has ended. `patience` waits less than that for slow ones.
Task<MergedList> gather_list(const RouterAccess& access, const ClientRequest& request, const ServedList& served,
                             std::optional<std::chrono::milliseconds> patience = std::nullopt);

/// Asks one backend, as this client's session sees it; `request` may end before.
Task<BackendList> fetch_backend_list(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                                     const ServedList& served);

/// Serves such a list, by pages of `Limits::max_page`. An error only if no backend answered.
Task<Outcome> serve_list(const RouterAccess& access, const ClientRequest& request, Reply& reply,
                         const ServedList& served);

}  // namespace mcprouter::detail
