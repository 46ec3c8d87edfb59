#pragma once

#include <string>
#include <string_view>

#include "mcprouter/config.hpp"

namespace mcprouter::detail {

/// Replaces `${NAME}` and `${NAME:-default}` by the environment's values; `$${` stands for `${`. The default counts
/// when the variable is unset or empty, as in a shell.
///
/// Throws ConfigError, with `path`, for a reference that is malformed or to a variable that is not set. No message has
/// a value.
[[nodiscard]] std::string expand_environment(std::string_view text, const Environment& environment,
                                             const std::string& path);

}  // namespace mcprouter::detail
