#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mcprouter::detail {

/// What pooled connections are alike in.
struct Origin {
  bool tls = false;
  std::string host;  ///< A name, or an address without brackets.
  std::uint16_t port = 0;

  friend auto operator<=>(const Origin&, const Origin&) = default;
};

/// Where a URL leads.
struct Destination {
  Origin origin;
  std::string authority;  ///< For `Host`.
  std::string target;     ///< Path and query.
};

/// Reads an http or https URL.
[[nodiscard]] std::optional<Destination> parse_destination(std::string_view url);

}  // namespace mcprouter::detail
