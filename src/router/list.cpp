#include "router/list.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "backend/header_rules.hpp"
#include "protocol/json_text.hpp"
#include "protocol/legacy_result.hpp"
#include "protocol/session_tool.hpp"
#include "router/failed_call.hpp"
#include "router/page.hpp"
#include "router/reach.hpp"
#include "router/session_handle.hpp"
#include "support/gather.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {

const ServedList kServedTools{kToolList, "name", "notifications/tools/list_changed",
                              [](const Routes& routes, const std::string& backend, const std::string& name) {
                                return routes.tools().learn(backend, name);
                              }};
const ServedList kServedPrompts{kPromptList, "name", "notifications/prompts/list_changed",
                                [](const Routes& routes, const std::string& backend, const std::string& name) {
                                  return routes.prompts().learn(backend, name);
                                }};
const ServedList kServedResources{kResourceList, "uri", "notifications/resources/list_changed",
                                  [](const Routes& routes, const std::string& backend, const std::string& uri) {
                                    return std::optional(routes.uris().learn(backend, uri));
                                  }};
const ServedList kServedTemplates{kTemplateList, "uriTemplate", "notifications/resources/list_changed",
                                  [](const Routes& routes, const std::string& backend, const std::string& uri) {
                                    return std::optional(routes.templates().learn(backend, uri));
                                  }};

namespace {

void report(Observer* observer, const ServedList& served, const std::string& backend, std::string_view detail) {
  observe(observer, [&](Observer& o) { o.list_incomplete(served.list.method, backend, detail); });
}

/// Returns an entry as clients of the other era are to get it.
std::string translated(std::string_view entry, const ServedList& served, const ClientRequest& request) {
  return request.is_modern() ? modern_list_entry(entry)
                             : legacy_list_entry(served.list.method, entry, request.session->protocol_version);
}

/// Returns an entry under its exposed name, or nullopt if it has none.
std::optional<std::string> expose(std::string_view entry, const ServedList& served, const Routes& routes,
                                  const std::string& backend) {
  const auto key_text = kind_of(entry) == JsonKind::object ? only_member(entry, served.key) : std::nullopt;
  const auto key = key_text ? string_value(*key_text) : std::nullopt;
  const bool is_uri = served.key != "name";
  if (!key || (is_uri && routes.prefixed() && !is_usable_uri(*key))) {
    return std::nullopt;
  }
  if (!routes.prefixed()) {
    return std::string(entry);
  }
  const auto exposed = served.expose(routes, backend, *key);
  return exposed ? std::optional(splice(entry, {{*key_text, quoted(*exposed)}})) : std::nullopt;
}

void add(const BackendList& list, const ServedList& served, const ClientRequest& request, const Backend& backend,
         Observer* observer, MergedList& merged) {
  const bool same_era = (list.era == Era::modern) == request.is_modern();
  std::string opener;
  if (served.list.method == kToolList.method && list.era == Era::legacy && !list.entries.empty() &&
      names_sessions(request, backend)) {
    opener = exposed_opener(*request.routes, backend.name, list);
    if (!opener.empty()) {
      merged.entries.push_back(session_opener_entry(opener));
    }
  }
  for (const std::string_view entry : list.entries) {
    auto exposed = expose(entry, served, *request.routes, backend.name);
    if (exposed && !opener.empty()) {
      exposed = with_session_argument(*exposed, opener);
    }
    if (exposed && !same_era) {
      exposed = translated(*exposed, served, request);
    }
    if (exposed) {
      merged.entries.push_back(std::move(*exposed));
    } else {
      report(observer, served, backend.name, "an entry without a usable name");
    }
  }
  for (const std::string& why : list.unusable) {
    report(observer, served, backend.name, why);
  }
  if (!list.cut.empty()) {
    report(observer, served, backend.name, list.cut);
  }
}

/// What came first: a backend's list or the answer that has to do without it.
enum class First { neither, list, answer };
using Race = std::atomic<First>;

void announce_change(const RouterAccess& access, const SessionRecord& session, const RoutesPtr& routes,
                     std::string_view changed) {
  if (const auto live = access.live.get(session, options_of(routes))) {
    live->announce(notification_message(changed, {}));
  }
}

/// Asks one backend, within the session that it is to be asked in. Owns what it uses, since `gather` may let it run on.
Task<BackendList> fetch(RouterAccess access, RoutesPtr routes, SessionPtr session, Headers headers, ListRequest list) {
  const Message no_message{};
  const ClientRequest request{std::move(routes), std::move(session), headers, {}, no_message};
  Reached reached;
  // A legacy client's own session is the one in any case.
  if (request.is_modern()) {
    reached = co_await reach_backend(access, request, list.backend, Use::list);
    if (!reached.era) {
      BackendList failed;
      failed.failure = std::move(reached.failure);
      co_return failed;
    }
    list.session = reached.lease.session();
  }
  co_return co_await fetch_list(access.calls, std::move(list));
}

/// Asks one backend, and tells a legacy client when its list comes too late to be in the answer.
Task<BackendList> fetch_or_announce(RouterAccess access, Task<BackendList> fetching, SessionPtr session,
                                    std::string backend, RoutesPtr routes, const ServedList& served,
                                    std::shared_ptr<Race> race) {
  BackendList list = co_await std::move(fetching);
  if (!list.ok || session->id.empty()) {
    co_return list;
  }
  const std::string_view method = served.list.method;
  const auto live = access.live.find(session->id);
  if (live && live->has_listener()) {
    live->note_list(backend, method, fingerprint(list));
  }
  if (race->exchange(First::list) == First::answer) {
    announce_change(access, *session, routes, served.changed);
  }
  co_return list;
}

/// How one backend is asked.
ListRequest list_request(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                         const ServedList& served) {
  const RouterOptions& options = request.routes->options();
  Headers passed = forwarded_headers(request.headers, backend->headers);
  return {served.list,    request.session,  std::move(backend), std::move(passed),
          options.limits, options.timeouts, &access.lists};
}

}  // namespace

Task<BackendList> fetch_backend_list(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                                     const ServedList& served) {
  return fetch(access, request.routes, request.session, request.headers,
               list_request(access, request, std::move(backend), served));
}

Task<MergedList> gather_list(const RouterAccess& access, const ClientRequest& request, const ServedList& served,
                             std::optional<std::chrono::milliseconds> patience) {
  const RoutesPtr routes = request.routes;
  const RouterOptions& options = routes->options();
  std::vector<std::shared_ptr<Race>> races;
  std::vector<Task<BackendList>> fetches;
  for (const BackendPtr& backend : routes->backends()) {
    races.push_back(std::make_shared<Race>(First::neither));
    ListRequest list = list_request(access, request, backend, served);
    list.stop = request.call ? part_of(request.call->stop) : nullptr;
    Task<BackendList> fetching = fetch(access, request.routes, request.session, request.headers, std::move(list));
    fetches.push_back(
        fetch_or_announce(access, std::move(fetching), request.session, backend->name, routes, served, races.back()));
  }
  StopSignal* const stop = request.call ? &request.call->stop : nullptr;
  const std::vector<std::optional<BackendList>> lists =
      co_await gather(access.calls.backend.executor, access.background, std::move(fetches),
                      std::min(patience.value_or(options.timeouts.list), options.timeouts.list), stop);
  MergedList merged;
  if (request.has_ended()) {
    co_return merged;
  }
  merged.hints = {std::chrono::milliseconds::max(), true};
  for (std::size_t index = 0; index < lists.size(); ++index) {
    const std::string& backend = routes->backends()[index]->name;
    const std::optional<BackendList>& list = lists[index];
    if (list && list->ok) {
      ++merged.answered;
      add(*list, served, request, *routes->backends()[index], access.observer, merged);
      if (list->declared || list->era == Era::legacy) {
        merged.hints.ttl = std::min(merged.hints.ttl, list->hints.ttl);
        merged.hints.is_public = merged.hints.is_public && list->hints.is_public;
      }
      continue;
    }
    if (races[index]->exchange(First::answer) == First::list && !request.is_modern()) {
      announce_change(access, *request.session, request.routes, served.changed);
    }
    merged.complete = false;
    merged.hints.ttl = {};  // what is missing may be there the next time
    const UpstreamFailure failure = why_missing(list);
    observe(access.observer, [&](Observer& o) { o.backend_failed(backend, failure.reason, failure.detail); });
    report(access.observer, served, backend, failure.detail);
  }
  if (merged.hints.ttl == std::chrono::milliseconds::max()) {
    merged.hints.ttl = {};  // nobody said anything
  }
  co_return merged;
}

Task<Outcome> serve_list(const RouterAccess& access, const ClientRequest& request, Reply& reply,
                         const ServedList& served) {
  const Message& message = request.message;
  std::optional<PageStart> start = read_cursor(access.seal, request, served.list.method);
  if (!start) {
    co_return co_await refuse(request, reply, Reason::invalid_params, "params.cursor is not one of ours");
  }
  const MergedList list = co_await gather_list(access, request, served);
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  if (list.answered == 0 && !request.routes->backends().empty()) {
    co_return co_await refuse(request, reply, Reason::backend_unavailable, "no backend answered");
  }
  CacheHints hints = list.hints;
  // All pages have one scope, also where what is missing here was on another page, or will be. What is private now
  // never is public, whatever was said before.
  hints.is_public = hints.is_public && start->is_public.value_or(list.complete);
  start->is_public = hints.is_public;
  reply.allow_caching(hints);
  std::string response = result_message(message.id, page_of(list.entries, *start, access.seal, request, served.list));
  co_await reply.answer(std::move(response));
  co_return Outcome{};
}

}  // namespace mcprouter::detail
