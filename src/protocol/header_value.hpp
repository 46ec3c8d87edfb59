#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

// The values of `Mcp-Name` and `Mcp-Param-*`: what a header cannot hold as it is stands there as `=?base64?...?=`, the
// Base64 of its UTF-8.

/// Returns the value as it is, if it is printable ASCII without a space at either end and does not look encoded;
/// otherwise encoded (HDR-08).
[[nodiscard]] std::string encode_header_value(std::string_view utf8);

/// Returns the value that a field stands for; the white space around it does not count (HDR-07). Returns nullopt for
/// bytes that have no place there (HDR-10), and for an encoding that is not strictly that of RFC 4648 section 4 or not
/// of UTF-8 (HDR-09). Without both markers, in lower case, a value is literal.
[[nodiscard]] std::optional<std::string> decode_header_value(std::string_view field);

/// Says whether a field is what stands for the value, with its percent escapes decoded. From a server that hands values
/// on like that (FieldValues::percent_decoded) it says what the value says; from others it is another value.
[[nodiscard]] bool is_percent_decoded(std::string_view field, std::string_view value);

}  // namespace mcprouter::detail
