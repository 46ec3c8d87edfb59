#pragma once

#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Makes the `requestedSchema` of an elicitation into one that a client of 2025-06-18 can show: choices with titles get
/// their older form, defaults that it does not know go, and so does a property that may have several values. What is
/// no object is returned as it is.
[[nodiscard]] std::string legacy_form(std::string_view schema);

}  // namespace mcprouter::detail
