#pragma once

#include <cstdint>
#include <string>

namespace gateway {

/// Says why nobody can listen at this address, or returns an empty string if it is free.
///
/// cpp-httplib only says that it could not, and some of its releases share a port with another process that does.
std::string why_not_listen(const std::string& host, std::uint16_t port);

/// Whether the host is this machine's loopback, by name or address.
bool is_loopback(const std::string& host);

/// `host:port`, with brackets around an IPv6 address.
std::string authority(const std::string& host, int port);

}  // namespace gateway
