#include "router/page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "protocol/json_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::string_view kPublic = " public";
constexpr std::string_view kPrivate = " private";

/// A modern client has no session: what it may go on with is what it itself could have begun.
std::string binding(const ClientRequest& request, std::string_view method) {
  const SessionRecord& client = *request.session;
  return request.is_modern() ? fmt::format("modern cursor\n{}\n{}", client.principal_key, method)
                             : fmt::format("cursor\n{}\n{}", client.id, method);
}

}  // namespace

std::optional<PageStart> read_cursor(const Seal& seal, const ClientRequest& request, std::string_view method) {
  if (request.message.cursor.empty()) {
    return PageStart{};
  }
  const auto cursor = string_value(request.message.cursor);
  const auto text = cursor ? seal.open(*cursor, binding(request, method)) : std::nullopt;
  PageStart start;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), start.entry).ec != std::errc{}) {
    return std::nullopt;
  }
  if (text->ends_with(kPublic) || text->ends_with(kPrivate)) {
    start.is_public = text->ends_with(kPublic);
  }
  return start;
}

std::string page_of(const std::vector<std::string>& entries, PageStart start, const Seal& seal,
                    const ClientRequest& request, const ListMethod& list) {
  const std::size_t max_page = request.routes->options().limits.max_page;
  const std::size_t first = std::min(start.entry, entries.size());
  const std::size_t end = first + std::min(max_page, entries.size() - first);
  std::string result = fmt::format(R"({{"{}":[)", list.member);
  for (std::size_t index = first; index < end; ++index) {
    if (index > first) {
      result += ',';
    }
    result += entries[index];
  }
  result += ']';
  if (end < entries.size()) {
    const std::string_view scope = !start.is_public ? "" : *start.is_public ? kPublic : kPrivate;
    const std::string cursor = seal.seal(fmt::format("{}{}", end, scope), binding(request, list.method));
    result += fmt::format(R"(,"nextCursor":{})", quoted(cursor));
  }
  return result += '}';
}

}  // namespace mcprouter::detail
