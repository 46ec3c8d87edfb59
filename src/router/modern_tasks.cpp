#include "router/modern_tasks.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "backend/task_tools.hpp"
#include "protocol/discover.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "router/failed_call.hpp"
#include "router/named_call.hpp"
#include "router/relay.hpp"
#include "router/task_facade.hpp"
#include "router/task_id.hpp"

namespace mcprouter::detail {
namespace {

/// Says of which era the tasks are that a backend runs.
std::optional<Era> era_of_tasks(BackendSessionManager& upstreams, const Backend& backend) {
  const BackendSessionManager::Known known = upstreams.known(backend);
  const bool has_tasks = known.capabilities && (known.era == Era::modern ? has_tasks_extension(*known.capabilities)
                                                                         : runs_tasks(*known.capabilities));
  return has_tasks ? known.era : std::nullopt;
}

}  // namespace

bool has_modern_tasks(BackendSessionManager& upstreams, const Routes& routes) {
  const auto& backends = routes.backends();
  return std::any_of(backends.begin(), backends.end(),
                     [&](const BackendPtr& backend) { return era_of_tasks(upstreams, *backend).has_value(); });
}

bool takes_tasks(const ClientRequest& request) {
  return request.is_modern() && has_tasks_extension(request.session->client_capabilities);
}

Task<Outcome> refuse_without_tasks(const ClientRequest& request, Reply& reply) {
  const ReasonInfo& reason = info(Reason::client_capability_missing);
  const std::string data =
      object_of({{"reason", quoted(reason.name)}, {"requiredCapabilities", with_tasks_extension("{}")}});
  std::string refused = error_message(request.message.id, reason.code, reason.text, data);
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, reason.name};
}

std::string with_exposed_task(const RouterAccess& access, const ClientRequest& request, const std::string& backend,
                              std::string_view result) {
  const TaskOwner owner{backend, string_member(result, "taskId")};
  return with_members(
      result, {{"taskId", quoted(exposed_task_id(access.seal, Era::modern, request.session->principal_key, owner))}});
}

Task<Outcome> call_modern_task(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const std::string_view written = request.message.task_id;
  const auto exposed = string_value(written);
  const auto owner =
      exposed ? task_owner(access.seal, Era::modern, request.session->principal_key, *exposed) : std::nullopt;
  const BackendPtr backend = owner ? request.routes->backend(owner->backend) : nullptr;
  const auto era = backend ? era_of_tasks(access.calls.upstreams, *backend) : std::nullopt;
  if (!era || (*era == Era::legacy) == owner->session.empty()) {
    co_return co_await refuse(request, reply, Reason::unknown_task);
  }
  // What the backend says of the task goes by the id that the client used for it.
  ResultHook hook;
  static const std::vector<JsonPaths::Way> task_id = {{"taskId"}};
  hook.edits.push_back({task_id, [written](std::string_view) { return std::optional(std::string(written)); }});
  if (request.routes->prefixed()) {
    hook.edits.push_back(expose_links(*request.routes, backend->name, LinksIn::task));
  }
  if (*era == Era::legacy) {
    co_return co_await call_facade_task(access, request, *owner, backend, reply, std::move(hook));
  }
  std::string body = splice(request.text, {{written, quoted(owner->id)}});
  co_return co_await relay(access, request, backend, std::move(body), reply, std::move(hook));
}

}  // namespace mcprouter::detail
