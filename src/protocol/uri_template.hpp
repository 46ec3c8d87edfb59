#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace mcprouter::detail {

/// Says whether a URI can come from an RFC 6570 template: its literals stand in the URI in their order, with something
/// between them where expressions are. Returns the number of literal characters, more of them being more specific.
/// Cost: linear in both.
[[nodiscard]] std::optional<std::size_t> match_template(std::string_view uri_template, std::string_view uri);

}  // namespace mcprouter::detail
