#include "router/backend_hop.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "backend/header_rules.hpp"
#include "protocol/ascii.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/version.hpp"
#include "router/task_id.hpp"

namespace mcprouter::detail {

BackendHop backend_hop(const RouterAccess& access, const RoutesPtr& routes, SessionPtr session,
                       const Headers& client_headers, BackendPtr backend) {
  Headers passed = forwarded_headers(client_headers, backend->headers);
  Headers param_headers;
  if (session->protocol_version >= modern_version) {
    for (const HeaderField& field : client_headers) {
      // A host may hand on what no wire carries (S12).
      if (lowered(field.name).starts_with("mcp-param-") && is_valid_field(field.name, field.value)) {
        param_headers.add(field.name, field.value);
      }
    }
  }
  // The hop itself keeps both, the routes with their options.
  auto exposed_uri = [&routes = *routes, &name = backend->name](std::string_view uri) {
    return routes.exposed_uri(name, uri);
  };
  std::string asker = asker_of(*routes, *backend);
  return {access.calls,
          std::move(session),
          std::move(backend),
          nullptr,
          std::move(passed),
          std::move(param_headers),
          options_of(routes),
          nullptr,
          std::move(asker),
          std::move(exposed_uri),
          nullptr};
}

std::string asker_of(const Routes& routes, const Backend& backend) {
  return routes.prefixed() ? backend.name : std::string();
}

void map_tasks(const RouterAccess& access, BackendHop& hop) {
  if (hop.session->protocol_version < version_2025_11_25 || !has_capability(*hop.upstream->capabilities, "tasks")) {
    return;
  }
  hop.exposed_task = [&seal = access.seal, backend = hop.backend->name,
                      principal = hop.session->principal_key](std::string_view id) {
    return std::optional(exposed_task_id(seal, Era::legacy, principal, {backend, std::string(id)}));
  };
}

}  // namespace mcprouter::detail
