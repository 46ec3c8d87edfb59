#include "router/named_call.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "protocol/json_text.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/reach.hpp"
#include "router/relay.hpp"
#include "router/session_handle.hpp"
#include "support/gather.hpp"

namespace mcprouter::detail {

const Named kTools{kServedTools, &Routes::tools, Reason::unknown_tool};
const Named kPrompts{kServedPrompts, &Routes::prompts, Reason::unknown_prompt};

namespace {

bool mirrors_arguments(const ClientRequest& request) {
  return request.is_modern() && request.message.method == "tools/call" && !request.message.arguments.empty();
}

/// Has a modern backend list its tools if nobody knows them yet: nothing else says what a call must mirror (PAR-04).
/// One that does not is not asked again, and its calls go unchecked. Requires: `mirrors_arguments`.
Task<void> learn_headers(const RouterAccess& access, const ClientRequest& request, BackendPtr backend) {
  ToolHeaders& known = *access.calls.tool_headers;
  if (known.knows(backend->name, backend->revision())) {
    co_return;
  }
  const Reached reached = co_await learn_era(access, request, backend);
  if (reached.era != Era::modern) {
    co_return;
  }
  std::vector<Task<BackendList>> fetches;
  fetches.push_back(fetch_backend_list(access, request, backend, kServedTools));
  const std::vector<std::optional<BackendList>> lists = co_await gather(
      access.calls.backend.executor, access.background, std::move(fetches), request.routes->options().timeouts.list);
  if (!lists.front() || !lists.front()->ok) {
    known.learn(backend->name, backend->revision(), {});
  }
}

/// What is wrong with the headers that mirror a modern call's arguments, by the schema that the client was given: it is
/// the backend's own if that is modern, and has no such headers if it is not. Requires: `mirrors_arguments`.
std::optional<std::string> mirrored_problem(const RouterAccess& access, const ClientRequest& request,
                                            const Destination& destination) {
  const Backend& backend = *destination.backend;
  if (access.calls.upstreams.known(backend).era != Era::modern) {
    return std::nullopt;
  }
  const auto annotated = access.calls.tool_headers->find(backend.name, backend.revision(), destination.name);
  return annotated ? param_header_problem(*annotated, request.message.arguments, request.headers, request.field_values)
                   : std::nullopt;
}

Destination look_up(const Routes& routes, const Named& named, const std::string& exposed) {
  if (!routes.prefixed()) {
    return routes.backends().empty() ? Destination{} : Destination{routes.backends().front(), exposed};
  }
  const auto owner = (routes.*named.table)().find(exposed);
  return owner ? Destination{routes.backend(owner->backend), owner->name} : Destination{};
}

std::vector<JsonPaths::Way> ways_to_links(const JsonPaths::Way& within) {
  std::vector<JsonPaths::Way> ways = {{"content", JsonPaths::each, "uri"},
                                      {"content", JsonPaths::each, "resource", "uri"},
                                      {"messages", JsonPaths::each, "content", "uri"},
                                      {"messages", JsonPaths::each, "content", "resource", "uri"}};
  for (JsonPaths::Way& way : ways) {
    way.insert(way.begin(), within.begin(), within.end());
  }
  return ways;
}

}  // namespace

ResultEdit expose_links(const Routes& routes, const std::string& backend, LinksIn where) {
  static const std::vector<JsonPaths::Way> in_result = ways_to_links({});
  static const std::vector<JsonPaths::Way> in_task = ways_to_links({"result"});
  ResultEdit edit;
  edit.ways = where == LinksIn::task ? in_task : in_result;
  edit.change = [&routes, &backend](std::string_view written) -> std::optional<std::string> {
    const auto uri = string_value(written);
    if (!uri || !is_usable_uri(*uri)) {
      return std::nullopt;
    }
    // A link does not take over what fits a template of another backend.
    const auto by_template = routes.templates().match(*uri);
    std::string exposed = by_template && by_template->backend != backend ? qualified_uri(backend, *uri)
                                                                         : routes.uris().learn(backend, *uri);
    return exposed == *uri ? std::nullopt : std::optional(quoted(exposed));
  };
  return edit;
}

Task<Destination> find_named(const RouterAccess& access, const ClientRequest& request, const Named& named,
                             std::string exposed) {
  Destination destination = look_up(*request.routes, named, exposed);
  if (!destination.backend) {
    co_await gather_list(access, request, named.list);
    destination = look_up(*request.routes, named, exposed);
  }
  co_return destination;
}

Task<Outcome> call_named(const RouterAccess& access, const ClientRequest& request, Reply& reply, const Named& named) {
  const Message& message = request.message;
  const auto name = string_value(message.name);
  if (!name) {
    std::string refused = error_reply(message.id, Reason::invalid_params, {"params.name must be a string", {}});
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::invalid_params).name};
  }
  Destination destination = look_up(*request.routes, named, *name);
  if (!destination.backend) {
    destination = co_await find_named(access, request, named, *name);
  }
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  if (!destination.backend) {
    std::string refused = error_reply(message.id, named.unknown);
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(named.unknown).name};
  }
  if (mirrors_arguments(request)) {
    co_await learn_headers(access, request, destination.backend);
    if (const auto mismatch = mirrored_problem(access, request, destination)) {
      std::string refused = error_reply(message.id, Reason::header_mismatch, {*mismatch, {}});
      co_await reply.answer(std::move(refused));
      co_return Outcome{{}, info(Reason::header_mismatch).name};
    }
  }
  std::string body = destination.name == *name ? std::string(request.text)
                                               : splice(request.text, {{message.name, quoted(destination.name)}});
  ResultHook hook;
  if (request.routes->prefixed()) {
    hook.edits.push_back(expose_links(*request.routes, destination.backend->name));
  }
  if (&named == &kTools && names_sessions(request, *destination.backend)) {
    co_return co_await call_in_session(access, request, destination, std::move(body), reply, std::move(hook));
  }
  co_return co_await relay(access, request, std::move(destination.backend), std::move(body), reply, std::move(hook));
}

}  // namespace mcprouter::detail
