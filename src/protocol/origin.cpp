#include "protocol/origin.hpp"

#include <algorithm>
#include <optional>

#include "protocol/ascii.hpp"
#include "protocol/url.hpp"

namespace mcprouter::detail {
namespace {

/// An origin is a URL that ends with its host or port.
std::optional<Url> parse_origin(std::string_view text) {
  const std::size_t scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos || text.find_first_of("/?", scheme_end + 3) != std::string_view::npos) {
    return std::nullopt;
  }
  return parse_url(text);
}

bool same_origin(const Url& a, const Url& b) { return a.scheme == b.scheme && a.host == b.host && a.port == b.port; }

}  // namespace

bool host_allowed(std::string_view host_header, const std::vector<std::string>& allowed) {
  const auto value = split_host(host_header);
  if (!value) return false;
  return is_loopback_host(value->host) || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
           return entry == "*" || equal_ignoring_case(entry, value->host);
         });
}

bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed) {
  const auto caller = parse_origin(origin);
  if (!caller) return false;
  return is_loopback_host(caller->host) || std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
           const auto known = parse_origin(entry);
           return known && same_origin(*known, *caller);
         });
}

bool is_session_id(std::string_view id, std::size_t max) {
  return !id.empty() && id.size() <= max &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= '!' && c <= '~' && c != '%'; });
}

}  // namespace mcprouter::detail
