#include "router/legacy_task.hpp"

#include <utility>

#include "live/running_call.hpp"
#include "protocol/envelope.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/task_translation.hpp"
#include "router/ask_backend.hpp"
#include "router/list.hpp"

namespace mcprouter::detail {
namespace {

/// Returns nullopt as long as nobody listed the tools.
std::optional<TaskSupport> known_support(const RouterAccess& access, const Backend& backend, std::string_view tool) {
  const auto capabilities = access.calls.upstreams.known(backend).capabilities;
  if (capabilities && !runs_tasks(*capabilities)) {
    return TaskSupport::forbidden;
  }
  return access.calls.task_tools->find(backend.name, backend.revision(), tool);
}

/// The same hop for what goes on without the client.
BackendHop without_client(BackendHop hop) {
  hop.call = std::make_shared<RunningCall>(std::string(), hop.call->progress_token);
  return hop;
}

}  // namespace

Task<TaskSupport> task_support(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                               std::string_view call) {
  const std::string tool = string_value(read_envelope(call).routed.name.value).value_or(std::string());
  std::optional<TaskSupport> support = known_support(access, *backend, tool);
  if (!support) {
    co_await fetch_backend_list(access, request, backend, kServedTools);
    support = known_support(access, *backend, tool);
  }
  co_return support.value_or(TaskSupport::forbidden);
}

Task<CreatedTask> create_task(BackendHop hop, std::string call) {
  std::string params = with_members(read_envelope(call).params.value, {{"task", "{}"}});
  CreatedTask created;
  created.response = co_await ask_backend(without_client(std::move(hop)), "tools/call", std::move(params));
  if (created.response.message) {
    created.id = string_member(object_member(created.response.message->message.result, "task"), "taskId");
  }
  co_return created;
}

Task<void> cancel_task(BackendHop hop, std::string id) {
  co_await ask_backend(without_client(std::move(hop)), "tasks/cancel", about_task(id));
}

}  // namespace mcprouter::detail
