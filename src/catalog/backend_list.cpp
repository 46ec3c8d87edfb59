#include "catalog/backend_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "backend/reply_reader.hpp"
#include "backend/task_tools.hpp"
#include "backend/tool_headers.hpp"
#include "catalog/list_cache.hpp"
#include "protocol/ascii.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using Acquired = BackendSessionManager::Acquired;

constexpr std::string_view kMethodNotFound = "-32601";

/// The whole is good as long as its shortest-lived page, and private if one of them is.
void add_caching(std::string_view result, BackendList& list) {
  const bool first = list.pages.empty();
  const CacheHints hints = cache_hints(result);
  list.hints.ttl = first ? hints.ttl : std::min(list.hints.ttl, hints.ttl);
  list.hints.is_public = hints.is_public && (first || list.hints.is_public);
}

/// Says whether a modern backend's tool can be listed, and learns its headers. Why it cannot is written down.
bool take_tool(std::string_view entry, std::vector<ToolHeaders::Tool>& tools, BackendList& list) {
  ToolEntry read = read_tool_entry(entry);
  if (!read.problem.empty()) {
    const std::string name = is_token(read.tool.name) ? read.tool.name : std::string("?");
    list.unusable.push_back(fmt::format("the tool {} is left out: {}", name, read.problem));
    return false;
  }
  if (!read.tool.name.empty()) {
    tools.push_back(std::move(read.tool));
  }
  return true;
}

/// Adds a page's entries. Returns the next cursor, or nullopt on the last page.
std::optional<std::string> add_page(const CallAccess& access, const BackendMessage& page, const ListRequest& request,
                                    BackendList& list) {
  const bool modern = list.era == Era::modern;
  const std::string_view result = page.message.result;
  const auto entries = kind_of(result) == JsonKind::object ? member(result, request.list.member) : std::nullopt;
  if (!entries || kind_of(*entries) != JsonKind::array) {
    list.failure = {Reason::backend_protocol_error, HttpFailure::none,
                    fmt::format("the {} result has no array \"{}\"", request.list.method, request.list.member)};
    list.ok = false;
    return std::nullopt;
  }
  if (modern) {
    add_caching(result, list);
  }
  list.pages.push_back(page.text);
  std::vector<ToolHeaders::Tool> tools;
  const bool are_tools = modern && request.list.method == kToolList.method;
  for (const std::string_view entry : elements(*entries)) {
    if (list.entries.size() >= request.limits.max_list_items) {
      list.cut = fmt::format("more than {} entries", request.limits.max_list_items);
      break;
    }
    if (!are_tools || take_tool(entry, tools, list)) {
      list.entries.push_back(entry);
    }
  }
  if (are_tools) {
    access.tool_headers->learn(request.backend->name, request.backend->revision(), std::move(tools));
  }
  if (!list.cut.empty()) {
    return std::nullopt;
  }
  const auto cursor = member(result, "nextCursor");
  return cursor ? string_value(*cursor) : std::nullopt;
}

/// Learns which tools of a session-ful backend can be tasks.
void learn_task_tools(const CallAccess& access, const Backend& backend, const BackendList& list) {
  std::vector<TaskTools::Tool> tools;
  for (const std::string_view entry : list.entries) {
    tools.push_back(read_task_tool(entry));
  }
  access.task_tools->learn(backend.name, backend.revision(), tools);
}

bool is_method_not_found(std::string_view error) { return member(error, "code").value_or("") == kMethodNotFound; }

/// Asks the backend. `request` outlives the call.
Task<BackendList> ask_for_list(const CallAccess& access, const ListRequest& request) {
  BackendList list;
  Callback<Acquired> acquiring([&](std::function<void(Acquired)> done) {
    access.upstreams.acquire(request.session, request.backend, request.passed, std::move(done));
  });
  const Acquired acquired = co_await acquiring;
  if (!acquired.upstream) {
    list.failure = {acquired.reason, acquired.failure, acquired.detail};
    co_return list;
  }
  list.era = acquired.upstream->protocol_version == modern_version ? Era::modern : Era::legacy;
  list.ok = true;
  list.declared = member(*acquired.upstream->capabilities, request.list.capability).has_value();
  if (!list.declared) {
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
    call.stop = request.stop;
    const ReadMessage read = co_await ask_alone(access, std::move(call), id, request.limits);
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
    cursor = add_page(access, *read.message, request, list);
  } while (cursor && seen.insert(*cursor).second);
  if (list.ok && list.era == Era::legacy && request.list.method == kToolList.method &&
      runs_tasks(*acquired.upstream->capabilities)) {
    learn_task_tools(access, *request.backend, list);
  }
  co_return list;
}

}  // namespace

Task<BackendList> fetch_list(CallAccess access, ListRequest request) {
  if (!request.cache) {
    co_return co_await ask_for_list(access, request);
  }
  const ListCache::Key key{request.backend->name, request.backend->revision(), request.list.method};
  const std::string context = authorization_context(*request.session, request.passed);
  Executor& executor = access.backend.executor;
  if (auto kept = request.cache->find(key, context, executor.now())) {
    co_return std::move(*kept);
  }
  const std::uint64_t generation = request.cache->generation();
  const TimePoint asked = executor.now();
  BackendList list = co_await ask_for_list(access, request);
  request.cache->store(key, context, list, generation, asked);
  co_return list;
}

UpstreamFailure why_missing(const std::optional<BackendList>& list) {
  return list ? list->failure
              : UpstreamFailure{Reason::backend_timeout, HttpFailure::timeout, "slower than the list timeout"};
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
