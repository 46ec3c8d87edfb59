#include "router/task_facade.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/error_translation.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/input_required.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/task_translation.hpp"
#include "router/ask_backend.hpp"
#include "router/asking_tasks.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/legacy_task.hpp"
#include "router/modern_reply.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

class TaskFacade {
 public:
  TaskFacade(RouterAccess access, const ClientRequest& request, Lease lease, BackendPtr backend, Reply& reply,
             ResultHook on_result)
      : access_(access),
        request_(request),
        lease_(std::move(lease)),
        backend_(std::move(backend)),
        reply_(reply),
        on_result_(std::move(on_result)) {}

  Task<Outcome> create(std::string body) {
    CreatedTask created = co_await create_task(hop(), std::move(body));
    if (!created.response.message) {
      co_return co_await fail(std::move(created.response.failure));
    }
    const Message& response = created.response.message->message;
    if (response.kind == Message::Kind::error) {
      co_return co_await answer_error(response.error);
    }
    const auto task = modern_created_task(response.result, server_info_object(request_.routes->options().server_info));
    if (!task) {
      co_return co_await answer(std::string(response.result));
    }
    lease_.keep();
    const TaskOwner owner{backend_->name, created.id, lease_.session()->id};
    const std::string exposed = exposed_task_id(access_.seal, Era::modern, request_.session->principal_key, owner);
    std::string text = result_message(request_.message.id, with_members(*task, {{"taskId", quoted(exposed)}}));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> get(std::string id) {
    ReadMessage got = co_await ask_backend(hop(), "tasks/get", about_task(id));
    if (!got.message) {
      co_return co_await fail(std::move(got.failure));
    }
    if (got.message->message.kind == Message::Kind::error) {
      co_return co_await answer_error(got.message->message.error);
    }
    const std::string task(got.message->message.result);
    const auto read = read_created_task(task);
    if (const auto* problem = std::get_if<std::string>(&read)) {
      co_return co_await violation(*problem);
    }
    switch (std::get<ModernTask>(read).status) {
      case ModernTask::Status::completed:
      case ModernTask::Status::failed:
        co_return co_await answer_done(task, std::move(id));
      case ModernTask::Status::input_required:
        co_return co_await answer_asking(task, std::move(id));
      case ModernTask::Status::working:
      case ModernTask::Status::cancelled:
        break;
    }
    const TaskContents nothing;
    co_return co_await answer(modern_task(task, nothing));
  }

  Task<Outcome> update() {
    const auto read = read_client_input(request_.message.params);
    if (const auto* problem = std::get_if<std::string>(&read)) {
      std::string refused = error_reply(request_.message.id, Reason::invalid_params, {*problem, {}});
      co_await reply_.answer(std::move(refused));
      co_return Outcome{{}, info(Reason::invalid_params).name};
    }
    // Of a task that asks nothing (any more) there is nothing to be answered.
    if (const auto asking = access_.asking.find(client_id())) {
      asking->answer(std::get<ClientInput>(read).responses);
    }
    co_return co_await answer("{}");
  }

  /// A task that is over already cannot be cancelled there, which is no error here (TSK-07).
  Task<Outcome> cancel(std::string id) {
    if (const auto asking = access_.asking.find(client_id())) {
      asking->give_up();
    }
    co_await cancel_task(hop(), std::move(id));
    co_return co_await answer("{}");
  }

 private:
  Task<Outcome> answer_done(std::string task, std::string id) {
    ReadMessage got = co_await ask_backend(hop(), "tasks/result", about_task(id));
    if (!got.message) {
      co_return co_await fail(std::move(got.failure));
    }
    const Message& response = got.message->message;
    TaskContents contents;
    std::string error;
    if (response.kind == Message::Kind::error) {
      error = error_for_modern(response.error, failed_request());
      contents.error = error;
    } else if (kind_of(response.result) == JsonKind::object) {
      contents.result = response.result;
    } else {
      co_return co_await violation("a task's result is no object");
    }
    co_return co_await answer(modern_task(task, contents));
  }

  Task<Outcome> answer_asking(std::string task, std::string id) {
    TaskContents contents;
    if (const auto asking = listen(std::move(id))) {
      contents.requests = co_await asking->requests();
    }
    const std::string& capabilities = request_.session->client_capabilities;
    std::erase_if(contents.requests,
                  [&](const InputRequest& asked) { return !may_ask(capabilities, asked.method, asked.params); });
    if (contents.requests.empty()) {  // none that is known yet, or that is not answered already
      task = with_members(task, {{"status", quoted("working")}});
    }
    co_return co_await answer(modern_task(task, contents));
  }

  /// Sees to it that somebody hears what the task wants. Returns nullptr if there are too many such tasks.
  std::shared_ptr<AskingTask> listen(std::string id) {
    std::string exposed = client_id();
    if (auto found = access_.asking.find(exposed)) {
      return found;
    }
    const RouterOptions& options = request_.routes->options();
    auto live = access_.live.get(*lease_.session(), options_of(request_.routes));
    if (!live) {
      return nullptr;
    }
    auto asking = std::make_shared<AskingTask>(access_, hop(), std::move(lease_), std::move(live));
    auto added = access_.asking.add(exposed, asking, options.timeouts.input, options.limits.max_suspended_calls);
    if (added == asking) {
      asking->start(std::move(id), [access = access_, exposed = std::move(exposed), one = asking.get()] {
        access.asking.remove(exposed, *one);
      });
    }
    return added;
  }

  /// Answers with what the backend said, under the id that the client used.
  Task<Outcome> answer(std::string result) {
    if (auto changed = on_result_.apply(result)) {
      result = std::move(*changed);
    }
    std::string text = result_message(request_.message.id, with_members(result, {{"resultType", std::nullopt}}));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> answer_error(std::string_view error) {
    std::string text = fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", request_.message.id,
                                   error_for_modern(error, failed_request()));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> violation(std::string problem) {
    UpstreamFailure failure{Reason::backend_protocol_error, HttpFailure::none, std::move(problem)};
    return fail(std::move(failure));
  }

  Task<Outcome> fail(UpstreamFailure failure) {
    observe(access_.observer, [&](Observer& o) { o.backend_failed(backend_->name, failure.reason, failure.detail); });
    std::string failed = error_reply(request_.message.id, failure.reason, {{}, backend_->name});
    co_await reply_.answer(std::move(failed));
    co_return Outcome{backend_->name, info(failure.reason).name};
  }

  BackendHop hop() {
    BackendHop hop = backend_hop(access_, request_.routes, lease_.session(), request_.headers, backend_);
    hop.call = std::make_shared<RunningCall>(std::string(), std::string(), backend_->name);
    return hop;
  }

  [[nodiscard]] std::string client_id() const { return string_value(request_.message.task_id).value_or(std::string()); }
  [[nodiscard]] FailedRequest failed_request() const {
    return {request_.message.method, {}, request_.session->client_capabilities};
  }

  const RouterAccess access_;
  const ClientRequest& request_;
  Lease lease_;
  const BackendPtr backend_;
  Reply& reply_;
  const ResultHook on_result_;
};

}  // namespace

Task<Outcome> create_facade_task(RouterAccess access, const ClientRequest& request, Reached reached, BackendPtr backend,
                                 std::string body, Reply& reply, ResultHook on_result) {
  TaskFacade facade(access, request, std::move(reached.lease), std::move(backend), reply, std::move(on_result));
  co_return co_await facade.create(std::move(body));
}

Task<Outcome> call_facade_task(RouterAccess access, const ClientRequest& request, TaskOwner owner, BackendPtr backend,
                               Reply& reply, ResultHook on_result) {
  Reached reached = co_await reach_kept(access, std::move(owner.session));
  if (!reached.era) {
    std::string refused = error_reply(request.message.id, Reason::unknown_task);
    co_await reply.answer(std::move(refused));
    co_return Outcome{backend->name, info(Reason::unknown_task).name};
  }
  TaskFacade facade(access, request, std::move(reached.lease), std::move(backend), reply, std::move(on_result));
  if (request.message.method == "tasks/update") {
    co_return co_await facade.update();
  }
  if (request.message.method == "tasks/cancel") {
    co_return co_await facade.cancel(std::move(owner.id));
  }
  co_return co_await facade.get(std::move(owner.id));
}

}  // namespace mcprouter::detail
