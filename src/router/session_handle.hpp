#pragma once

#include <string>
#include <string_view>

#include "catalog/backend_list.hpp"
#include "router/client_request.hpp"
#include "router/named_call.hpp"
#include "router/relay.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

// Affinity::handle: the sessions of a legacy backend that a modern client opens and names itself (requirements 4.4).
//
// A handle is a sealed random name, good for the principal it was given to, at that backend in that revision, and for
// the capabilities it was opened with, normalised, since those of a session are fixed (TRAP-25). Whose it is not gets
// the same answer as for one that never was (SEC-03). The session is in the store from the moment it is opened.

/// Says whether the request's client names its sessions at this backend itself, unless the backend is modern.
[[nodiscard]] bool names_sessions(const ClientRequest& request, const Backend& backend);

/// Returns how the client knows the tool that opens sessions at a backend with these tools; empty: it cannot.
[[nodiscard]] std::string exposed_opener(const Routes& routes, const std::string& backend, const BackendList& tools);

/// Serves a tool call of such a client: opens a session, or relays the call within the one that it names. A call that
/// names none is answered with a tool's error, for the model to read. `body` is the request with the name as the
/// backend knows it. `request`, `destination` and `reply` outlive the call.
Task<Outcome> call_in_session(const RouterAccess& access, const ClientRequest& request, const Destination& destination,
                              std::string body, Reply& reply, ResultHook on_result);

/// Answers a call whose session is over.
Task<Outcome> answer_session_over(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                                  Reply& reply);

}  // namespace mcprouter::detail
