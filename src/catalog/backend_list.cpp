#include "catalog/backend_list.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <utility>

#include "backend/reply_reader.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using Acquired = BackendSessionManager::Acquired;

constexpr std::string_view kMethodNotFound = "-32601";

/// Adds a page's entries. Returns the next cursor, or nullopt on the last page.
std::optional<std::string> add_page(const BackendMessage& page, const ListRequest& request, BackendList& list) {
  const std::string_view result = page.message.result;
  const auto entries = kind_of(result) == JsonKind::object ? member(result, request.list.member) : std::nullopt;
  if (!entries || kind_of(*entries) != JsonKind::array) {
    list.failure = {Reason::backend_protocol_error, HttpFailure::none,
                    fmt::format("the {} result has no array \"{}\"", request.list.method, request.list.member)};
    list.ok = false;
    return std::nullopt;
  }
  list.pages.push_back(page.text);
  for (const std::string_view entry : elements(*entries)) {
    if (list.entries.size() >= request.limits.max_list_items) {
      list.cut = fmt::format("more than {} entries", request.limits.max_list_items);
      return std::nullopt;
    }
    list.entries.push_back(entry);
  }
  const auto cursor = member(result, "nextCursor");
  return cursor ? string_value(*cursor) : std::nullopt;
}

bool is_method_not_found(std::string_view error) { return member(error, "code").value_or("") == kMethodNotFound; }

}  // namespace

Task<BackendList> fetch_list(CallAccess access, ListRequest request) {
  BackendList list;
  Callback<Acquired> acquiring([&](std::function<void(Acquired)> done) {
    access.upstreams.acquire(request.session, request.backend, request.passed, std::move(done));
  });
  const Acquired acquired = co_await acquiring;
  if (!acquired.upstream) {
    list.failure = {acquired.reason, acquired.failure, acquired.detail};
    co_return list;
  }
  list.ok = true;
  if (!member(*acquired.upstream->capabilities, request.list.capability)) {
    co_return list;
  }
  // Who waits for the list only as long as Timeouts::list is another matter.
  const ExchangeTimes times{request.timeouts.connect, request.timeouts.call_idle, request.timeouts.call_idle};
  std::set<std::string> seen;
  std::optional<std::string> cursor;
  do {
    if (list.pages.size() >= request.limits.max_list_pages) {
      list.cut = fmt::format("more than {} pages", request.limits.max_list_pages);
      break;
    }
    const std::string id = quoted(random_id());
    const std::string params = cursor ? fmt::format(R"({{"cursor":{}}})", quoted(*cursor)) : std::string();
    CallRequest call{request.session,
                     request.backend,
                     request_message(id, request.list.method, params),
                     request.passed,
                     times,
                     false,
                     request.limits.max_response};
    const OpenedCall opened = co_await open_call(access, std::move(call));
    if (!opened.stream) {
      list.ok = false;
      list.failure = opened.failure;
      break;
    }
    const ReadMessage read = co_await read_response(*opened.stream, id, request.limits);
    opened.stream->discard();
    if (!read.message) {
      list.ok = false;
      list.failure = read.failure;
      break;
    }
    if (read.message->message.kind == Message::Kind::error) {
      if (!is_method_not_found(read.message->message.error)) {
        list.ok = false;
        list.failure = {Reason::backend_protocol_error, HttpFailure::none,
                        fmt::format("{} was answered with an error", request.list.method)};
      }
      break;
    }
    cursor = add_page(*read.message, request, list);
  } while (cursor && seen.insert(*cursor).second);
  co_return list;
}

std::size_t fingerprint(const BackendList& list) {
  std::size_t all = list.entries.size();
  for (const std::string_view entry : list.entries) {
    constexpr std::size_t kOdd = 0x9e3779b97f4a7c15u;
    all = all * kOdd + std::hash<std::string_view>{}(entry);
  }
  return all;
}

}  // namespace mcprouter::detail
