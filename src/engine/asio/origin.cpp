#include "engine/asio/origin.hpp"

#include <utility>

#include "protocol/url.hpp"

namespace mcprouter::detail {

std::optional<Destination> parse_destination(std::string_view url) {
  auto parsed = parse_url(url);
  if (!parsed) return std::nullopt;
  Destination destination;
  destination.authority = parsed->host;
  if (parsed->port != default_port(parsed->scheme)) destination.authority += ":" + std::to_string(parsed->port);
  destination.target = std::move(parsed->target);
  std::string_view host = parsed->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  destination.origin = {parsed->scheme == "https", std::string(host), parsed->port};
  return destination;
}

}  // namespace mcprouter::detail
