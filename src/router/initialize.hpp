#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "mcprouter/http.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/principal.hpp"
#include "mcprouter/session_store.hpp"
#include "protocol/message.hpp"
#include "router/served.hpp"

namespace mcprouter::detail {

/// What `max_sessions_per_client` counts: the principal, or for anonymous clients where they come from and, in the
/// session-ful revisions, what they call themselves.
[[nodiscard]] std::string client_key(const Principal& principal, const Request& request, std::string_view name,
                                     std::string_view version);

/// Makes the record of a new session out of a client's `initialize` request: version negotiated (VER-01), clientInfo
/// and capabilities kept. Returns what is wrong with the request instead, in words for the client.
[[nodiscard]] std::variant<SessionRecord, std::string> new_session(const Message& initialize, const Request& request,
                                                                   const Principal& principal);

/// The InitializeResult for a session.
[[nodiscard]] std::string initialize_result(const SessionRecord& session, const Served& served,
                                            const ServerInfo& server_info);

}  // namespace mcprouter::detail
