#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Returns a tool without the `x-mcp-header` of its `inputSchema`, at whatever depth: for a hop that has no such
/// headers. An argument that happens to have this name stays, as does everything else.
[[nodiscard]] std::string without_header_annotations(std::string_view tool);

}  // namespace mcprouter::detail
