#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/capabilities.hpp"
#include "protocol/modern_result.hpp"

namespace mcprouter::detail {

inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

/// What `server/discover` answers, besides whose answer it is.
struct Discovery {
  std::vector<std::string_view> versions;  ///< The one to be preferred first.
  std::string_view capabilities;           ///< JSON text.
  std::string_view instructions;           ///< Left out if empty.
  CacheHints hints;
};

/// Writes the result of `server/discover` (DSC-02).
[[nodiscard]] std::string discover_result(const Discovery& discovery, std::string_view server_info);

/// Returns what `server/discover` declares. Tasks of session-ful revisions are none of its (TSK-09); the extension is
/// declared if the router serves it.
[[nodiscard]] std::string modern_capabilities(ServedCapabilities served, bool tasks_extension);

/// Returns what of a client's capabilities is offered to a backend of the other era, or by a modern client to any: what
/// `offered_capabilities` says, without word of changed roots, for which one of both eras has no message.
[[nodiscard]] std::string capabilities_across_eras(std::string_view client_capabilities);

/// Says whether a client or server declared the tasks extension.
[[nodiscard]] bool has_tasks_extension(std::string_view capabilities);

/// Returns the capabilities with the tasks extension declared.
[[nodiscard]] std::string with_tasks_extension(std::string_view capabilities);

}  // namespace mcprouter::detail
