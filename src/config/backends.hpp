#pragma once

#include <vector>

#include "config/object_reader.hpp"
#include "mcprouter/backend.hpp"

namespace mcprouter::detail {

/// Reads `router.headers`, rules for every server. Refuses to pass a client's credentials on to every server: they go
/// only to a server that names them.
[[nodiscard]] HeaderRules read_shared_headers(const ObjectReader& headers);

/// Reads `mcpServers`. Where a server's own rules and the shared ones speak of the same header, its own count.
[[nodiscard]] std::vector<Backend> read_backends(const ObjectReader& servers, const HeaderRules& shared);

}  // namespace mcprouter::detail
