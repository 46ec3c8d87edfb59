#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

/// Where a connection goes; what pooled connections are kept by.
struct Destination {
  bool tls = false;
  std::string host;  ///< Without the brackets of an IPv6 address.
  int port = 0;

  friend auto operator<=>(const Destination&, const Destination&) = default;
};

/// A request's URL, as cpp-httplib needs it.
struct Target {
  Destination destination;
  std::string authority;  ///< The value of `Host`.
  std::string path;       ///< With the query, as written in the URL.
};

/// Takes an absolute http or https URL apart. Returns nullopt for anything else.
[[nodiscard]] std::optional<Target> parse_target(std::string_view url);

}  // namespace mcprouter::detail
