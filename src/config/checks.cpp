#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "config/config_json.hpp"
#include "config/duration.hpp"
#include "config/header_checks.hpp"
#include "config/option_names.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/options.hpp"
#include "protocol/host.hpp"
#include "protocol/url.hpp"

namespace mcprouter {
namespace {

// A server's name and `__` leave 30 of the 64 characters that model APIs take for a tool's own name.
constexpr std::size_t max_backend_name = 32;
// What is parsed into a DOM is copied and written by recursion.
constexpr std::size_t max_depth = 1'000;

bool is_backend_name(std::string_view name) {
  return !name.empty() && name.size() <= max_backend_name && name.back() != '_' &&
         name.find("__") == std::string_view::npos && std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
                  c == '-';
         });
}

bool is_host(std::string_view text) {
  const auto host = detail::split_host(text);
  return host && !host->port;
}

bool is_origin(std::string_view origin) {
  const std::size_t authority = origin.find("://");
  return authority != std::string_view::npos && origin.find_first_of("/?", authority + 3) == std::string_view::npos &&
         detail::parse_url(origin);
}

/// FNV-1a: the same in every process and on every platform, which std::hash is not.
class Fingerprint {
 public:
  // The length keeps ("ab", "c") apart from ("a", "bc").
  void add(std::string_view text) {
    add(text.size());
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
  }
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) add_byte(static_cast<unsigned char>(number >> shift));
  }
  [[nodiscard]] std::uint64_t value() const { return value_; }

 private:
  void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001b3u; }

  std::uint64_t value_ = 0xcbf29ce484222325u;
};

}  // namespace

std::uint64_t Backend::revision() const {
  Fingerprint fingerprint;
  fingerprint.add(url);
  fingerprint.add(headers.forward.size());
  for (const std::string& header : headers.forward) fingerprint.add(header);
  fingerprint.add(headers.rename.size());
  for (const HeaderRules::Rename& rename : headers.rename) {
    fingerprint.add(rename.from);
    fingerprint.add(rename.to);
  }
  fingerprint.add(headers.set.size());
  for (const HeaderField& field : headers.set) {
    fingerprint.add(field.name);
    fingerprint.add(field.value);
  }
  // Sessions of a store that was filled before there was this member stay what they are.
  if (protocol != Protocol::automatic) fingerprint.add(static_cast<std::uint64_t>(protocol));
  return fingerprint.value();
}

void check(const Backend& backend, const std::string& path) {
  if (!is_backend_name(backend.name)) {
    throw ConfigError(path, fmt::format("expected a server name of 1 to {} letters, digits, \"_\", \".\" and \"-\", "
                                        "without \"__\" and without \"_\" at the end",
                                        max_backend_name));
  }
  if (!detail::parse_url(backend.url)) {
    throw ConfigError(path + ".url",
                      "expected an http or https URL such as \"https://host.example/mcp\", without user name, password "
                      "and fragment; credentials belong in headers");
  }
  detail::check_header_rules(backend.headers, {path + ".forwardHeaders", path + ".renameHeaders", path + ".headers"});
}

void check(const std::vector<Backend>& backends, const std::string& path) {
  std::unordered_set<std::string_view> names;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    const std::string element = detail::element_path(path, i);
    check(backends[i], element);
    if (!names.insert(backends[i].name).second) {
      throw ConfigError(element, fmt::format("expected a name of its own; {} is there twice", backends[i].name));
    }
  }
}

void check(const RouterOptions& options, const std::string& path) {
  for (const auto& [name, member] : detail::limit_names) {
    if (options.limits.*member == 0) throw ConfigError(fmt::format("{}.limits.{}", path, name), "expected 1 or more");
  }
  if (options.limits.max_depth > max_depth) {
    throw ConfigError(path + ".limits.maxDepth", fmt::format("expected at most {}", max_depth));
  }
  for (const auto& [name, member] : detail::timeout_names) {
    const std::chrono::milliseconds timeout = options.timeouts.*member;
    if (timeout <= std::chrono::milliseconds::zero() || timeout > detail::max_duration) {
      throw ConfigError(fmt::format("{}.timeouts.{}", path, name), "expected a time from 1ms to 8760h");
    }
  }
  if (options.server_info.name.empty()) throw ConfigError(path + ".serverInfo.name", "expected a name");
  for (std::size_t i = 0; i < options.allowed_origins.size(); ++i) {
    if (!is_origin(options.allowed_origins[i])) {
      throw ConfigError(detail::element_path(path + ".origins", i),
                        "expected an origin such as \"https://app.example\" or \"https://app.example:8443\", without "
                        "path and wildcard");
    }
  }
  for (std::size_t i = 0; i < options.allowed_hosts.size(); ++i) {
    const std::string& host = options.allowed_hosts[i];
    if (host != "*" && !is_host(host)) {
      throw ConfigError(detail::element_path(path + ".hosts", i),
                        "expected a host name or address such as \"gw.example\" or \"[::1]\", without port, or \"*\"");
    }
  }
}

}  // namespace mcprouter
