#pragma once

#include <string>
#include <string_view>

#include "router/client_request.hpp"
#include "router/named_call.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Finds the owner of a resource among those that are known.
[[nodiscard]] Destination known_resource(const Routes& routes, const std::string& uri);

/// Finds the owner of a resource: by the URIs and templates that backends listed, or a backend's name in front
/// (`<backend>+<uri>`). Lists once if nobody is known. `request` outlives the call.
Task<Destination> find_resource(const RouterAccess& access, const ClientRequest& request, std::string uri);

/// Serves resources/read. A resource that nobody listed is asked of every backend in turn: what tools link to need not
/// be listed (RSC-02).
Task<Outcome> read_resource(const RouterAccess& access, const ClientRequest& request, Reply& reply);

/// Serves resources/subscribe and resources/unsubscribe, and remembers in the session what the backend agreed to.
Task<Outcome> subscribe(const RouterAccess& access, const ClientRequest& request, Reply& reply);
Task<Outcome> unsubscribe(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
