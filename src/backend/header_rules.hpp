#pragma once

#include <string_view>

#include "mcprouter/backend.hpp"
#include "mcprouter/http.hpp"

namespace mcprouter::detail {

/// Says whether a field is the router's own to write, or belongs to one hop: never copied, renamed or configured.
///
/// Besides hop-by-hop fields (RFC 9110 7.6.1), `Host`, `Origin` and `Mcp-*`: what describes the body or negotiates its
/// form (`Content-*`, `Accept`, `Accept-Encoding`, `Expect`), since every hop negotiates its own, and `Last-Event-ID`,
/// since event ids don't cross hops.
[[nodiscard]] bool is_reserved_header(std::string_view name);

/// Says whether a client's field reaches every backend without being named: trace context and `Accept-Language`.
[[nodiscard]] bool passes_by_default(std::string_view name);

/// Returns what of the client's fields reaches a backend. Reserved fields, those that the client's `Connection` names
/// and those that may not stand on a wire are left out even when the rules name them. Order and repetition are kept.
[[nodiscard]] Headers forwarded_headers(const Headers& client, const HeaderRules& rules);

/// Returns what of the client's fields rules can let through at all, for one who has to know the rules later.
[[nodiscard]] Headers forwardable_headers(const Headers& client);

/// Returns the part of forwarded fields that an upstream session keeps for its teardown: without W3C trace context,
/// which belongs to one request.
[[nodiscard]] Headers session_headers(const Headers& forwarded);

/// Adds the fields that the rules set; they replace what `headers` has of the same names.
void apply_set(Headers& headers, const HeaderRules& rules);

}  // namespace mcprouter::detail
