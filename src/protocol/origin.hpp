#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/host.hpp"

namespace mcprouter::detail {

/// Says whether a `Host` value is served: a loopback name with any port, or one of `allowed`, which have no port and
/// are compared without regard to case. `*` allows every host that is well formed.
[[nodiscard]] bool host_allowed(std::string_view host_header, const std::vector<std::string>& allowed);

/// Says whether an `Origin` value may call (HTTP-03, HTTP-04): http or https from a loopback host with any port, or one
/// of `allowed` by scheme, host and port. `null` and whatever else is no http or https origin may not.
[[nodiscard]] bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed);

/// Says whether a session id can be echoed and compared byte for byte: 1 to `max` bytes of 0x21 to 0x7E (SES-03), and
/// no `%`, which some HTTP libraries decode in header values.
[[nodiscard]] bool is_session_id(std::string_view id, std::size_t max);

}  // namespace mcprouter::detail
