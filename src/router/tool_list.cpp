#include "router/tool_list.hpp"

#include <optional>
#include <utility>

#include "backend/header_rules.hpp"
#include "catalog/backend_list.hpp"
#include "protocol/json_text.hpp"
#include "router/errors.hpp"
#include "support/gather.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

constexpr ListMethod kTools{"tools/list", "tools", "tools"};

void report(Observer* observer, const std::string& backend, std::string_view detail) {
  observe(observer, [&](Observer& o) { o.list_incomplete(kTools.method, backend, detail); });
}

/// Returns a tool under its exposed name, or nullopt if it has none.
std::optional<std::string> expose(std::string_view tool, const Routes& routes, const std::string& backend) {
  const auto name_text = kind_of(tool) == JsonKind::object ? member(tool, "name") : std::nullopt;
  const auto name = name_text ? string_value(*name_text) : std::nullopt;
  if (!name) {
    return std::nullopt;
  }
  if (!routes.prefixed()) {
    return std::string(tool);
  }
  const auto exposed = routes.names().learn(backend, *name);
  return exposed ? std::optional(splice(tool, {{*name_text, quoted(*exposed)}})) : std::nullopt;
}

void add(const BackendList& list, const Routes& routes, const std::string& backend, Observer* observer,
         ToolList& tools) {
  for (const std::string_view entry : list.entries) {
    if (auto tool = expose(entry, routes, backend)) {
      tools.tools.push_back(std::move(*tool));
    } else {
      report(observer, backend, "a tool without a usable name");
    }
  }
  if (!list.cut.empty()) {
    report(observer, backend, list.cut);
  }
}

}  // namespace

Task<ToolList> gather_tools(RouterAccess access, const ClientRequest& request) {
  const RoutesPtr routes = request.routes;
  const RouterOptions& options = routes->options();
  std::vector<Task<BackendList>> fetches;
  for (const BackendPtr& backend : routes->backends()) {
    fetches.push_back(fetch_list(
        access.calls, {kTools, request.session, backend, forwarded_headers(request.headers, backend->headers),
                       options.limits, options.timeouts}));
  }
  const std::vector<std::optional<BackendList>> lists =
      co_await gather(access.calls.backend.executor, std::move(fetches), options.timeouts.list);
  ToolList tools;
  for (std::size_t index = 0; index < lists.size(); ++index) {
    const std::string& backend = routes->backends()[index]->name;
    const std::optional<BackendList>& list = lists[index];
    if (list && list->ok) {
      ++tools.answered;
      add(*list, *routes, backend, access.observer, tools);
      continue;
    }
    const UpstreamFailure failure =
        list ? list->failure
             : UpstreamFailure{Reason::backend_timeout, HttpFailure::timeout, "slower than the list timeout"};
    observe(access.observer, [&](Observer& o) { o.backend_failed(backend, failure.reason, failure.detail); });
    report(access.observer, backend, failure.detail);
  }
  co_return tools;
}

Task<Outcome> list_tools(RouterAccess access, const ClientRequest& request, Reply& reply) {
  const Message& message = request.message;
  if (!message.cursor.empty()) {
    // The whole list is one page: no cursor was ever handed out (PAG-02).
    std::string refused = error_reply(message.id, Reason::invalid_params, {"params.cursor is not one of ours", {}});
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::invalid_params).name};
  }
  const ToolList list = co_await gather_tools(access, request);
  if (list.answered == 0 && !request.routes->backends().empty()) {
    std::string failed = error_reply(message.id, Reason::backend_unavailable, {"no backend answered", {}});
    co_await reply.answer(std::move(failed));
    co_return Outcome{{}, info(Reason::backend_unavailable).name};
  }
  std::string result = R"({"tools":[)";
  for (const std::string& tool : list.tools) {
    if (result.back() != '[') {
      result += ',';
    }
    result += tool;
  }
  result += "]}";
  std::string response = result_message(message.id, result);
  co_await reply.answer(std::move(response));
  co_return Outcome{};
}

}  // namespace mcprouter::detail
