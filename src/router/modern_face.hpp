#pragma once

#include <string_view>

#include "mcprouter/http.hpp"
#include "mcprouter/principal.hpp"
#include "mcprouter/session_store.hpp"
#include "protocol/modern_request.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What a modern request says of its client, as a record that belongs to no session: its id is empty.
[[nodiscard]] SessionRecord modern_client(const RequestMeta& meta, const Principal& principal, const Request& request);

/// The answer to a message that does not say of itself what it must. `id` as written; empty: it has none.
[[nodiscard]] Response modern_refusal(std::string_view id, const ModernProblem& problem);

/// Serves server/discover, out of what is known of the backends.
Task<Outcome> discover(const RouterAccess& access, const ClientRequest& request, Reply& reply);

}  // namespace mcprouter::detail
