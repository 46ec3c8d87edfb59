#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Returns a content block, or a text block that tells of it if this version does not know its kind: links to
/// resources since 2025-06-18, audio since 2025-03-26.
[[nodiscard]] std::string legacy_content(std::string_view block, std::string_view version);

/// Returns the blocks, an array, with a text block of this JSON value, unless one of them says just that already.
[[nodiscard]] std::string with_text_of(std::string_view blocks, std::string_view value);

}  // namespace mcprouter::detail
