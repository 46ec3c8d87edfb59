#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

/// An absolute http or https URL.
struct Url {
  std::string scheme;  ///< "http" or "https".
  std::string host;    ///< In lower case; an IPv6 address in its brackets.
  std::string target;  ///< Path and query as written, "/" at least.
  std::uint16_t port = 0;
};

/// Reads a URL by RFC 3986, for `Host` and request line as they stand. Refuses user info, a fragment, and every byte
/// that a URL would have to escape.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);

/// The port of a scheme's URLs that name none; nullopt unless it is http or https, in lower case.
[[nodiscard]] std::optional<std::uint16_t> default_port(std::string_view scheme);

}  // namespace mcprouter::detail
