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

/// What a cursor says.
struct PageStart {
  std::size_t entry = 0;          ///< The page begins there.
  std::optional<bool> is_public;  ///< Whether all may keep the list, as the pages before said (CCH-02).
};

/// Returns which page a request asks for; nullopt if its cursor is not one of ours.
[[nodiscard]] std::optional<PageStart> read_cursor(const Seal& seal, const ClientRequest& request,
                                                   std::string_view method);

/// Returns the result with the entries from `start` on, `Limits::max_page` at most, and a cursor if there are more;
/// what `start` says of who may keep it is true of this page, too.
[[nodiscard]] std::string page_of(const std::vector<std::string>& entries, PageStart start, const Seal& seal,
                                  const ClientRequest& request, const ListMethod& list);

}  // namespace mcprouter::detail
