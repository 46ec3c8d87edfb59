#pragma once

#include <cstdint>
#include <string>

namespace mcprouter::detail {

/// Returns an unguessable id: 132 bits from the operating system's generator as 22 characters of base64url (SES-02).
[[nodiscard]] std::string random_id();

/// Returns 64 bits from the operating system's generator, never 0.
[[nodiscard]] std::uint64_t random_serial();

}  // namespace mcprouter::detail
