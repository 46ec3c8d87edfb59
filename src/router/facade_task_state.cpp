#include "router/facade_task_state.hpp"

#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/error_translation.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/task_translation.hpp"
#include "router/ask_backend.hpp"
#include "router/asking_tasks.hpp"
#include "router/backend_hop.hpp"

namespace mcprouter::detail {
namespace {

FacadeTaskState violation(std::string problem) {
  FacadeTaskState state;
  state.failure = {Reason::backend_protocol_error, HttpFailure::none, std::move(problem)};
  return state;
}

class TaskState {
 public:
  TaskState(const RouterAccess& access, const ClientRequest& request, Lease lease, BackendPtr backend, std::string id,
            std::string exposed)
      : access_(access),
        request_(request),
        lease_(std::move(lease)),
        backend_(std::move(backend)),
        id_(std::move(id)),
        exposed_(std::move(exposed)) {}

  Task<FacadeTaskState> find() {
    FacadeTaskState state;
    const ReadMessage got = co_await ask_backend(hop(), "tasks/get", about_task(id_));
    if (!got.message) {
      state.failure = got.failure;
      co_return state;
    }
    const Message& response = got.message->message;
    if (response.kind == Message::Kind::error) {
      state.error = response.error;
      co_return state;
    }
    const auto read = read_created_task(response.result);
    if (const auto* problem = std::get_if<std::string>(&read)) {
      co_return violation(*problem);
    }
    std::string task = with_members(response.result, {{"taskId", quoted(exposed_)}, {"resultType", std::nullopt}});
    switch (std::get<ModernTask>(read).status) {
      case ModernTask::Status::completed:
      case ModernTask::Status::failed:
        co_return co_await done(std::move(task));
      case ModernTask::Status::input_required:
        state.task = co_await asking(std::move(task));
        break;
      case ModernTask::Status::working:
      case ModernTask::Status::cancelled:
        const TaskContents nothing;
        state.task = modern_task(task, nothing);
        break;
    }
    co_return state;
  }

 private:
  Task<FacadeTaskState> done(std::string task) {
    FacadeTaskState state;
    const ReadMessage got = co_await ask_backend(hop(), "tasks/result", about_task(id_));
    if (!got.message) {
      state.failure = got.failure;
      co_return state;
    }
    const Message& response = got.message->message;
    TaskContents contents;
    std::string error;
    if (response.kind == Message::Kind::error) {
      error = error_for_modern(response.error, {request_.message.method, {}, request_.session->client_capabilities});
      contents.error = error;
    } else if (kind_of(response.result) == JsonKind::object) {
      contents.result = response.result;
    } else {
      co_return violation("a task's result is no object");
    }
    state.task = modern_task(task, contents);
    co_return state;
  }

  Task<std::string> asking(std::string task) {
    TaskContents contents;
    if (const auto asking = listen()) {
      contents.requests = co_await asking->requests();
    }
    const std::string& capabilities = request_.session->client_capabilities;
    std::erase_if(contents.requests,
                  [&](const InputRequest& asked) { return !may_ask(capabilities, asked.method, asked.params); });
    if (contents.requests.empty()) {  // none that is known yet, or that is not answered already
      task = with_members(task, {{"status", quoted("working")}});
    }
    co_return modern_task(task, contents);
  }

  /// Sees to it that somebody hears what the task wants. Returns nullptr if there are too many such tasks.
  std::shared_ptr<AskingTask> listen() {
    if (auto found = access_.asking.find(exposed_)) {
      return found;
    }
    const RouterOptions& options = request_.routes->options();
    auto live = access_.live.get(*lease_.session(), options_of(request_.routes));
    if (!live) {
      return nullptr;
    }
    BackendHop own = hop();
    auto asking = std::make_shared<AskingTask>(access_, std::move(own), std::move(lease_), std::move(live));
    auto added = access_.asking.add(exposed_, asking, options.timeouts.input, request_.session->client_key,
                                    options.limits.max_suspended_calls);
    if (added == asking) {
      asking->start(
          id_, [&access = access_, exposed = exposed_, one = asking.get()] { access.asking.remove(exposed, *one); });
    }
    return added;
  }

  [[nodiscard]] BackendHop hop() const { return task_hop(access_, request_, lease_, backend_); }

  const RouterAccess& access_;
  const ClientRequest& request_;
  Lease lease_;
  const BackendPtr backend_;
  const std::string id_;
  const std::string exposed_;
};

}  // namespace

Task<FacadeTaskState> facade_task_state(const RouterAccess& access, const ClientRequest& request, Lease lease,
                                        BackendPtr backend, std::string id, std::string exposed) {
  TaskState state(access, request, std::move(lease), std::move(backend), std::move(id), std::move(exposed));
  co_return co_await state.find();
}

BackendHop task_hop(const RouterAccess& access, const ClientRequest& request, const Lease& lease,
                    const BackendPtr& backend) {
  BackendHop hop = backend_hop(access, request.routes, lease.session(), request.headers, backend);
  hop.call = std::make_shared<RunningCall>(std::string(), std::string());
  return hop;
}

}  // namespace mcprouter::detail
