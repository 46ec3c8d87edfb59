#include "router/tasks.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/header_rules.hpp"
#include "catalog/backend_list.hpp"
#include "protocol/json_text.hpp"
#include "router/failed_call.hpp"
#include "router/page.hpp"
#include "router/relay.hpp"
#include "router/task_id.hpp"
#include "support/gather.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

constexpr ListMethod kTaskList{"tasks/list", "tasks", "tasks"};

}  // namespace

Task<Outcome> call_task(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const std::string_view written = request.message.task_id;
  const auto exposed = string_value(written);
  const auto owner =
      exposed ? task_owner(access.seal, Era::legacy, request.session->principal_key, *exposed) : std::nullopt;
  const BackendPtr backend = owner ? request.routes->backend(owner->backend) : nullptr;
  if (!backend) {
    co_return co_await refuse(request, reply, Reason::unknown_task);
  }
  std::string body = splice(request.text, {{written, quoted(owner->id)}});
  co_return co_await relay(access, request, backend, std::move(body), reply);
}

Task<Outcome> list_tasks(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  if (request.session->principal_key.empty()) {
    co_return co_await refuse(request, reply, Reason::method_not_found);
  }
  const auto start = read_cursor(access.seal, request, kTaskList.method);
  if (!start) {
    co_return co_await refuse(request, reply, Reason::invalid_params);
  }
  const RouterOptions& options = request.routes->options();
  std::vector<Task<BackendList>> fetches;
  for (const BackendPtr& backend : request.routes->backends()) {
    ListRequest fetch{kTaskList,      request.session, backend, forwarded_headers(request.headers, backend->headers),
                      options.limits, options.timeouts};
    fetch.stop = part_of(request.call->stop);
    fetches.push_back(fetch_list(access.calls, std::move(fetch)));
  }
  const auto lists = co_await gather(access.calls.backend.executor, access.background, std::move(fetches),
                                     options.timeouts.list, &request.call->stop);
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  std::vector<std::string> tasks;
  std::size_t answered = 0;
  for (std::size_t index = 0; index < lists.size(); ++index) {
    if (!lists[index] || !lists[index]->ok) {
      const UpstreamFailure failure = why_missing(lists[index]);
      observe(access.observer, [&](Observer& o) {
        o.backend_failed(request.routes->backends()[index]->name, failure.reason, failure.detail);
      });
      continue;
    }
    ++answered;
    for (const std::string_view entry : lists[index]->entries) {
      const auto id = kind_of(entry) == JsonKind::object ? member(entry, "taskId") : std::nullopt;
      const auto text = id ? string_value(*id) : std::nullopt;
      if (text) {
        const TaskOwner owner{request.routes->backends()[index]->name, *text};
        tasks.push_back(splice(
            entry, {{*id, quoted(exposed_task_id(access.seal, Era::legacy, request.session->principal_key, owner))}}));
      }
    }
  }
  if (answered == 0 && !lists.empty()) {
    co_return co_await refuse(request, reply, Reason::backend_unavailable);
  }
  std::string response = result_message(request.message.id, page_of(tasks, *start, access.seal, request, kTaskList));
  co_await reply.answer(std::move(response));
  co_return Outcome{};
}

}  // namespace mcprouter::detail
