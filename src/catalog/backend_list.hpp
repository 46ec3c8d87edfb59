#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/call.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/session_store.hpp"
#include "protocol/modern_result.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Which list: `{"tools/list", "tools", "tools"}`.
struct ListMethod {
  std::string_view method;
  std::string_view capability;  ///< Asked only of backends that declare it (INIT-06).
  std::string_view member;      ///< Where the result has its entries.
};

inline constexpr ListMethod kToolList{"tools/list", "tools", "tools"};
inline constexpr ListMethod kPromptList{"prompts/list", "prompts", "prompts"};
inline constexpr ListMethod kResourceList{"resources/list", "resources", "resources"};
inline constexpr ListMethod kTemplateList{"resources/templates/list", "resources", "resourceTemplates"};

/// One backend's list, all pages.
struct BackendList {
  /// Entries as they came, views into `pages`.
  std::vector<std::string_view> entries;
  std::vector<std::shared_ptr<const std::string>> pages;
  bool ok = false;
  UpstreamFailure failure;            ///< Unless `ok`.
  bool declared = true;               ///< It has the capability: without, it never has such a list.
  std::string cut;                    ///< Why entries are missing, if some are.
  std::vector<std::string> unusable;  ///< Why single entries are missing, for each.
  CacheHints hints;                   ///< Of a modern backend: how long it is good, and for whom (CCH-01).
  Era era = Era::legacy;              ///< Of the backend.
};

/// Why a list that was waited for is not there. Requires: it is not `ok`; nullopt: it was slower than `Timeouts::list`.
[[nodiscard]] UpstreamFailure why_missing(const std::optional<BackendList>& list);

class ListCache;

struct ListRequest {
  ListMethod list;
  SessionPtr session;
  BackendPtr backend;
  Headers passed;
  Limits limits;
  Timeouts timeouts;
  ListCache* cache = nullptr;                  ///< Null: the backend is asked in any case. Outlives the request.
  std::shared_ptr<StopSignal> stop = nullptr;  ///< Nobody wants the list any more: the backend is told. May be null.
};

/// Asks one backend for its whole list: follows every page, also those with an empty cursor; a cursor that comes again
/// ends the walk (PAG-01). A backend without the capability has an empty list. Of a modern backend a list that is still
/// good comes from the cache; tools whose headers cannot be sent are left out (PAR-02), those of others are learnt.
/// Of a session-ful backend it is learnt which tools can be tasks.
Task<BackendList> fetch_list(CallAccess access, ListRequest request);

/// A number that tells lists apart: equal for equal entries in the same order.
[[nodiscard]] std::size_t fingerprint(const BackendList& list);

}  // namespace mcprouter::detail
