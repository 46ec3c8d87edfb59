#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/backend_list.hpp"
#include "router/client_request.hpp"
#include "support/seal.hpp"

namespace mcprouter::detail {

// Cursors towards clients are ours: sealed, and good for one list of one session (PAG-02, PAG-03).

/// Returns where the page begins that a request asks for; nullopt if its cursor is not one of ours.
[[nodiscard]] std::optional<std::size_t> read_cursor(const Seal& seal, const ClientRequest& request,
                                                     std::string_view method);

/// Returns the result with the entries from `begin` on, `Limits::max_page` at most, and a cursor if there are more.
[[nodiscard]] std::string page_of(const std::vector<std::string>& entries, std::size_t begin, const Seal& seal,
                                  const ClientRequest& request, const ListMethod& list);

}  // namespace mcprouter::detail
