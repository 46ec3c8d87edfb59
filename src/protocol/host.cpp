#include "protocol/host.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t max_host_name = 253;  // RFC 1035 2.3.4, as text.
constexpr std::size_t max_ipv6_groups = 8;

using Ipv6 = std::array<std::uint16_t, max_ipv6_groups>;

/// Reads a decimal number without leading zeros.
std::optional<unsigned> read_decimal(std::string_view text, unsigned max) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > max) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

std::optional<std::array<std::uint8_t, 4>> read_ipv4(std::string_view text) {
  std::array<std::uint8_t, 4> address{};
  for (std::size_t i = 0; i < address.size(); ++i) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    const auto part = read_decimal(text.substr(0, dot), 255);
    const bool last = i + 1 == address.size();
    if (!part || last != (dot == text.size())) return std::nullopt;
    address[i] = static_cast<std::uint8_t>(*part);
    text.remove_prefix(last ? dot : dot + 1);
  }
  return address;
}

/// Reads the groups of one side of `::`; an IPv4 address may stand last and counts for two.
std::optional<std::vector<std::uint16_t>> read_groups(std::string_view text, bool ipv4_allowed) {
  std::vector<std::uint16_t> groups;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view part = text.substr(0, colon);
    const bool last = colon == text.size();
    if (const auto ipv4 = last && ipv4_allowed ? read_ipv4(part) : std::nullopt) {
      groups.push_back(static_cast<std::uint16_t>((*ipv4)[0] << 8 | (*ipv4)[1]));
      groups.push_back(static_cast<std::uint16_t>((*ipv4)[2] << 8 | (*ipv4)[3]));
      return groups;
    }
    std::uint16_t group = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), group, 16);
    if (part.size() > 4 || error != std::errc{} || end != part.data() + part.size()) return std::nullopt;
    groups.push_back(group);
    if (groups.size() > max_ipv6_groups || colon + 1 == text.size()) return std::nullopt;
    text.remove_prefix(last ? colon : colon + 1);
  }
  return groups;
}

std::optional<Ipv6> read_ipv6(std::string_view text) {
  Ipv6 address{};
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) {
    const auto groups = read_groups(text, true);
    if (!groups || groups->size() != address.size()) return std::nullopt;
    std::copy(groups->begin(), groups->end(), address.begin());
    return address;
  }
  const auto front = read_groups(text.substr(0, gap), false);
  const auto back = read_groups(text.substr(gap + 2), true);
  if (!front || !back || front->size() + back->size() >= address.size()) return std::nullopt;
  std::copy(front->begin(), front->end(), address.begin());
  std::copy_backward(back->begin(), back->end(), address.end());
  return address;
}

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= max_host_name && text.front() != '.' &&
         text.find("..") == std::string_view::npos && std::all_of(text.begin(), text.end(), [](char c) {
           return is_digit(c) || is_letter(c) || c == '-' || c == '.' || c == '_';
         });
}

}  // namespace

std::optional<HostValue> split_host(std::string_view text) {
  const bool bracketed = text.starts_with('[');
  const std::size_t host_size =
      bracketed ? std::min(text.find(']'), text.size() - 1) + 1 : std::min(text.find(':'), text.size());
  const std::string_view host = text.substr(0, host_size);
  if (bracketed) {
    if (host.size() < 2 || host.back() != ']' || !read_ipv6(host.substr(1, host.size() - 2))) return std::nullopt;
  } else if (!is_host_name(host)) {
    return std::nullopt;
  }
  HostValue value{lowered(host), std::nullopt};
  const std::string_view rest = text.substr(host_size);
  if (rest.empty()) return value;
  const auto port = rest.front() == ':' ? read_decimal(rest.substr(1), 65535) : std::nullopt;
  if (!port || *port == 0) return std::nullopt;
  value.port = static_cast<std::uint16_t>(*port);
  return value;
}

bool is_loopback_host(std::string_view host_without_port) {
  // Nearly everybody's need not be taken apart.
  if (host_without_port == "127.0.0.1" || equal_ignoring_case(host_without_port, "localhost")) return true;
  if (const auto ipv4 = read_ipv4(host_without_port)) return ipv4->front() == 127;
  if (host_without_port.starts_with('[') && host_without_port.ends_with(']') && host_without_port.size() > 2) {
    host_without_port = host_without_port.substr(1, host_without_port.size() - 2);
  }
  return read_ipv6(host_without_port) == Ipv6{0, 0, 0, 0, 0, 0, 0, 1};
}

}  // namespace mcprouter::detail
