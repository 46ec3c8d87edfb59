#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

/// The host of a URL or a `Host` field, with its port if it names one.
struct HostValue {
  std::string host;  ///< In lower case; an IPv6 address in its brackets.
  std::optional<std::uint16_t> port;
};

/// Splits `host`, `host:port`, `[v6]` or `[v6]:port`. A host is an IPv6 address or of letters, digits, `-`, `.` and
/// `_`; a port is 1 to 65535 without leading zeros. Anything else, user info above all, is refused.
[[nodiscard]] std::optional<HostValue> split_host(std::string_view text);

/// Says whether a host is this machine to a browser: `localhost`, 127.0.0.0/8 in four decimal parts, or `[::1]` in any
/// spelling. Takes an IPv6 address with brackets or without.
[[nodiscard]] bool is_loopback_host(std::string_view host_without_port);

}  // namespace mcprouter::detail
