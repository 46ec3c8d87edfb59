#include "backend/header_rules.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "protocol/ascii.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::array<std::string_view, 17> reserved_names = {"Host",
                                                             "Origin",
                                                             "Accept",
                                                             "Accept-Encoding",
                                                             "Expect",
                                                             "Connection",
                                                             "Keep-Alive",
                                                             "TE",
                                                             "Trailer",
                                                             "Transfer-Encoding",
                                                             "Upgrade",
                                                             "Proxy-Connection",
                                                             "Proxy-Status",
                                                             "Proxy-Authenticate",
                                                             "Proxy-Authorization",
                                                             "HTTP2-Settings",
                                                             "Last-Event-ID"};
constexpr std::array<std::string_view, 2> reserved_prefixes = {"Mcp-", "Content-"};
constexpr std::array<std::string_view, 3> trace_context = {"traceparent", "tracestate", "baggage"};

template <typename Names>
bool contains(const Names& names, std::string_view name) {
  return std::any_of(names.begin(), names.end(), [&](const auto& each) { return equal_ignoring_case(each, name); });
}

std::vector<std::string> connection_options(const Headers& headers) {
  std::vector<std::string> names;
  if (!headers.has("Connection")) return names;
  const std::string list = headers.joined("Connection");
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::size_t first = list.find_first_not_of(" \t", begin);
    if (first < end) names.push_back(list.substr(first, list.find_last_not_of(" \t", end - 1) + 1 - first));
    begin = end + 1;
  }
  return names;
}

}  // namespace

bool is_reserved_header(std::string_view name) {
  return contains(reserved_names, name) ||
         std::any_of(reserved_prefixes.begin(), reserved_prefixes.end(),
                     [&](std::string_view prefix) { return same_header(name.substr(0, prefix.size()), prefix); });
}

bool passes_by_default(std::string_view name) {
  return contains(trace_context, name) || same_header(name, "Accept-Language");
}

Headers forwarded_headers(const Headers& client, const HeaderRules& rules) {
  const std::vector<std::string> dropped = connection_options(client);
  Headers forwarded;
  for (const auto& [name, value] : client) {
    // Most fields go nowhere, which is the cheaper question.
    const bool passes = passes_by_default(name) || contains(rules.forward, name);
    if (!passes && rules.rename.empty()) continue;
    if (is_reserved_header(name) || contains(dropped, name) || !is_valid_field(name, value)) continue;
    if (passes) forwarded.add(name, value);
    for (const HeaderRules::Rename& rename : rules.rename) {
      if (same_header(rename.from, name) && !is_reserved_header(rename.to) && is_valid_field(rename.to, value)) {
        forwarded.add(rename.to, value);
      }
    }
  }
  return forwarded;
}

Headers forwardable_headers(const Headers& client) {
  const std::vector<std::string> dropped = connection_options(client);
  Headers kept;
  for (const auto& [name, value] : client) {
    if (!is_reserved_header(name) && !contains(dropped, name) && is_valid_field(name, value)) kept.add(name, value);
  }
  return kept;
}

Headers session_headers(const Headers& forwarded) {
  Headers kept;
  for (const auto& [name, value] : forwarded) {
    if (!contains(trace_context, name)) kept.add(name, value);
  }
  return kept;
}

void apply_set(Headers& headers, const HeaderRules& rules) {
  for (const HeaderField& field : rules.set) headers.remove(field.name);
  for (const HeaderField& field : rules.set) headers.add(field.name, field.value);
}

}  // namespace mcprouter::detail
