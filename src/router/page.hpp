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

/// For whom the pages of a list may be kept, which is the same for all of them (CCH-02). `none`: nobody said yet.
enum class Scope { none, is_private, is_public };

/// What a cursor says.
struct PageStart {
  std::size_t entry = 0;      ///< The page begins there.
  Scope scope = Scope::none;  ///< Of the pages before.
};

/// Returns which page a request asks for; nullopt if its cursor is not one of ours.
[[nodiscard]] std::optional<PageStart> read_cursor(const Seal& seal, const ClientRequest& request,
                                                   std::string_view method);

/// Returns the result with the entries from `start` on, `Limits::max_page` at most, and a cursor if there are more;
/// what `start` says of the scope is that of this page, too.
[[nodiscard]] std::string page_of(const std::vector<std::string>& entries, PageStart start, const Seal& seal,
                                  const ClientRequest& request, const ListMethod& list);

}  // namespace mcprouter::detail
