#pragma once

#include <string_view>

namespace bench {

/// Returns the text of the value of `key` in the JSON object that begins `text`, or nothing. For well-formed JSON only:
/// this program is called by clients that it knows.
std::string_view member(std::string_view text, std::string_view key);

/// Returns the characters between the quotes of a JSON string, escapes left as they are; nothing for other values.
std::string_view unquoted(std::string_view value);

}  // namespace bench
