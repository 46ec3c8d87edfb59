#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/http.hpp"

namespace mcprouter::detail {

/// An argument of a tool that its schema wants mirrored into a header, by `x-mcp-header`.
struct ParamHeader {
  enum class Kind { integer, string, boolean };

  std::string name;               ///< Of the header, without `Mcp-Param-`.
  std::vector<std::string> path;  ///< Of the argument: the names of properties, from the root. Never empty.
  Kind kind;
};

/// Returns the headers that mirror the arguments of a call, encoded: none for those that are absent or null (PAR-03).
/// Requires: `arguments` is JSON that `find_problem` said nothing of, or empty.
[[nodiscard]] Headers mirrored_headers(const std::vector<ParamHeader>& params, std::string_view arguments);

/// Says what is wrong with the headers of a call (PAR-04, PAR-05, HDR-09, HDR-10): one is missing, stands there twice,
/// has characters that have no place there, or is not what its argument is. No header is expected of an argument that
/// is absent or null; one that is there says what the body does not, and who believes it would act on another call than
/// we do. Headers that no annotation names are nobody's. Holds no values. Requires: as above.
[[nodiscard]] std::optional<std::string> param_header_problem(const std::vector<ParamHeader>& params,
                                                              std::string_view arguments, const Headers& request,
                                                              FieldValues values = FieldValues::as_sent);

}  // namespace mcprouter::detail
