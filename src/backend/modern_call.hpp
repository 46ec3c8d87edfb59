#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "backend/upstream_http.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/session_store.hpp"
#include "protocol/param_headers.hpp"

namespace mcprouter::detail {

// Error codes of a hop to a modern backend, as they stand in its errors. No client is ever told of the first and the
// last (TRAP-10).
inline constexpr std::string_view kHeaderMismatch = "-32020";
inline constexpr std::string_view kMissingClientCapability = "-32021";
inline constexpr std::string_view kUnsupportedVersion = "-32022";

/// Which protocol extensions a request offers to a backend: none of the client's own is carried unseen.
enum class Extensions { none, tasks };

/// What every request to a modern backend says of its client, JSON text each (META-01).
struct ClientMeta {
  std::string capabilities;
  std::string client_info;
  std::string log_level;  ///< Empty: the client wants no log messages.
};

/// Takes it from a session's record; `own` is who the router is, for a client that does not say who it is.
[[nodiscard]] ClientMeta request_meta(const SessionRecord& session, const ServerInfo& own, Extensions extensions);

/// Returns a request whose `params._meta` says that, whatever it said before; what else is in it stays (META-12).
[[nodiscard]] std::string with_request_meta(std::string_view request, const ClientMeta& meta);

/// Builds the POST of one request to a modern backend: the body with its `_meta`, and the headers that mirror the body
/// (HDR-01 to HDR-03).
///
/// `annotated` says which arguments of the tool are mirrored (PAR-03), null if none are or that is not known (PAR-07).
/// Of the client's own `Mcp-Param-*`, `param_headers`, those that it does not explain pass as they are (PAR-08).
/// `passed` are the client's headers that the backend's rules let through. Requires: `request` is a JSON-RPC request.
[[nodiscard]] HttpRequest modern_request(const Backend& backend, const Headers& passed, std::string_view request,
                                         const ClientMeta& meta, const Headers& param_headers,
                                         const std::vector<ParamHeader>* annotated, ExchangeTimes times);

}  // namespace mcprouter::detail
