#include "router/task_facade.hpp"

#include <atomic>
#include <memory>
#include <utility>
#include <variant>

#include "protocol/error_translation.hpp"
#include "protocol/input_required.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/task_translation.hpp"
#include "router/asking_tasks.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/facade_task_state.hpp"
#include "router/failed_call.hpp"
#include "router/legacy_task.hpp"
#include "router/modern_reply.hpp"
#include "router/try_again.hpp"

namespace mcprouter::detail {
namespace {

class TaskFacade {
 public:
  TaskFacade(const RouterAccess& access, const ClientRequest& request, Lease lease, BackendPtr backend, Reply& reply,
             ResultHook on_result)
      : access_(access),
        request_(request),
        lease_(std::move(lease)),
        backend_(std::move(backend)),
        reply_(reply),
        on_result_(std::move(on_result)) {}

  Task<Outcome> create(std::string body, std::string bound_to) {
    const auto gone = std::make_shared<std::atomic<bool>>(false);
    reply_.watch_client([gone] { *gone = true; });
    CreatedTask created = co_await create_task(hop(), std::move(body));
    if (!created.response.message) {
      co_return co_await fail(std::move(created.response.failure));
    }
    const Message& response = created.response.message->message;
    if (response.kind == Message::Kind::error) {
      const std::string asker = asker_of(*request_.routes, *backend_);
      if (const auto asks = visit_required(access_, request_, asker, response.error, bound_to)) {
        std::string text = result_message(request_.message.id, *asks);
        co_await reply_.answer(std::move(text));
        co_return Outcome{backend_->name, "input_required"};
      }
      co_return co_await answer_error(response.error);
    }
    const auto task = modern_created_task(response.result, server_info_object(request_.routes->options().server_info));
    if (!task) {
      co_return co_await answer(std::string(response.result));
    }
    if (*gone) {  // nobody will ever know its id (CAN-01)
      co_await cancel_task(hop(), std::move(created.id));
      reply_.give_up();
      co_return Outcome{backend_->name, "cancelled"};
    }
    lease_.keep();
    const TaskOwner owner{backend_->name, created.id, lease_.session()->id};
    const std::string exposed = exposed_task_id(access_.seal, Era::modern, request_.session->principal_key, owner);
    std::string text = result_message(request_.message.id, with_members(*task, {{"taskId", quoted(exposed)}}));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> get(std::string id) {
    FacadeTaskState state =
        co_await facade_task_state(access_, request_, std::move(lease_), backend_, std::move(id), client_id());
    if (!state.error.empty()) {
      co_return co_await answer_error(state.error);
    }
    if (!state.task) {
      co_return co_await fail(std::move(state.failure));
    }
    co_return co_await answer(std::move(*state.task));
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
  /// Answers with what the backend said.
  Task<Outcome> answer(std::string result) {
    if (auto changed = on_result_.apply(result)) {
      result = std::move(*changed);
    }
    std::string text = result_message(request_.message.id, with_members(result, {{"resultType", std::nullopt}}));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> answer_error(std::string_view error) {
    std::string text = error_message(request_.message.id, error_for_modern(error, failed_request()));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> fail(UpstreamFailure failure) {
    co_return co_await answer_failed(access_, request_, backend_->name, std::move(failure), reply_);
  }

  [[nodiscard]] BackendHop hop() const { return task_hop(access_, request_, lease_, backend_); }
  [[nodiscard]] std::string client_id() const { return string_value(request_.message.task_id).value_or(std::string()); }
  [[nodiscard]] FailedRequest failed_request() const {
    return {request_.message.method, {}, request_.session->client_capabilities};
  }

  const RouterAccess& access_;
  const ClientRequest& request_;
  Lease lease_;
  const BackendPtr backend_;
  Reply& reply_;
  const ResultHook on_result_;
};

}  // namespace

Task<Outcome> create_facade_task(const RouterAccess& access, const ClientRequest& request, Reached reached,
                                 BackendPtr backend, std::string body, Reply& reply, ResultHook on_result,
                                 std::string bound_to) {
  TaskFacade facade(access, request, std::move(reached.lease), std::move(backend), reply, std::move(on_result));
  co_return co_await facade.create(std::move(body), std::move(bound_to));
}

Task<Outcome> call_facade_task(const RouterAccess& access, const ClientRequest& request, TaskOwner owner,
                               BackendPtr backend, Reply& reply, ResultHook on_result) {
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
