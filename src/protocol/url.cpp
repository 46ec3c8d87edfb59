#include "protocol/url.hpp"

#include <algorithm>
#include <utility>

#include "protocol/ascii.hpp"
#include "protocol/host.hpp"

namespace mcprouter::detail {
namespace {

/// What may stand in a path or query beside `%`: RFC 3986 3.3 and 3.4.
bool is_target_char(char c) {
  return is_digit(c) || is_letter(c) || std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

bool is_target(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      if (!is_target_char(text[i])) return false;
      continue;
    }
    if (text.size() - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
    i += 2;
  }
  return true;
}

}  // namespace

std::optional<std::uint16_t> default_port(std::string_view scheme) {
  if (scheme == "http") return std::uint16_t{80};
  if (scheme == "https") return std::uint16_t{443};
  return std::nullopt;
}

std::optional<Url> parse_url(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  std::string scheme = lowered(text.substr(0, scheme_end));
  const std::string_view rest = text.substr(scheme_end + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const auto port = default_port(scheme);
  auto authority = split_host(rest.substr(0, authority_end));
  const std::string_view target = rest.substr(authority_end);
  if (!port || !authority || !is_target(target)) return std::nullopt;
  return Url{std::move(scheme), std::move(authority->host), (target.starts_with('/') ? "" : "/") + std::string(target),
             authority->port.value_or(*port)};
}

}  // namespace mcprouter::detail
