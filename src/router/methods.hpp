#pragma once

#include <string_view>

#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Serves one request of a client, whatever its method.
Task<Outcome> serve_method(const RouterAccess& access, const ClientRequest& request, Reply& reply);

/// A method's name as a metric label: a client cannot make up new ones.
[[nodiscard]] std::string_view method_label(std::string_view method);

}  // namespace mcprouter::detail
