#pragma once

#include "live/from_backend.hpp"
#include "router/client_request.hpp"

namespace mcprouter::detail {

/// The hop between this client's session and a backend, before an upstream session is known.
[[nodiscard]] BackendHop backend_hop(const RouterAccess& access, const RoutesPtr& routes, SessionPtr session,
                                     const Headers& client_headers, BackendPtr backend);

/// What users are told of who asks them; empty: there is only one backend (ELI-02).
[[nodiscard]] std::string asker_of(const Routes& routes, const Backend& backend);

/// To be called once `hop.upstream` is known: maps the ids of tasks, if there are any in this session.
void map_tasks(const RouterAccess& access, BackendHop& hop);

}  // namespace mcprouter::detail
