#include "engine/httplib/destination.hpp"

#include "protocol/url.hpp"

namespace mcprouter::detail {

std::optional<Target> parse_target(std::string_view url) {
  const auto parsed = parse_url(url);
  if (!parsed) return std::nullopt;
  Target target;
  target.authority = parsed->host;
  if (parsed->port != default_port(parsed->scheme)) target.authority += ":" + std::to_string(parsed->port);
  target.path = parsed->target;
  std::string_view host = parsed->host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  target.destination = {parsed->scheme == "https", std::string(host), parsed->port};
  return target;
}

}  // namespace mcprouter::detail
