#include "router/awaited_task.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "live/running_call.hpp"
#include "protocol/discover.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "router/ask_backend.hpp"
#include "router/legacy_task.hpp"
#include "router/poll_interval.hpp"

namespace mcprouter::detail {
namespace {

constexpr int kMissingCapability = -32021;

BackendHop hop_of_tasks(BackendHop hop) {
  hop.extensions = Extensions::tasks;
  hop.param_headers = {};
  return hop;
}

}  // namespace

AwaitedTask::AwaitedTask(const RouterAccess& access, BackendHop hop, const ModernTask& created)
    : access_(access), hop_(hop_of_tasks(std::move(hop))), id_(created.id), interval_(poll_interval(created)) {}

AwaitedTask::~AwaitedTask() {
  if (!over_) {
    access_.background(cancel_task(hop_, id_));
  }
}

Task<TaskNews> AwaitedTask::news() {
  TaskNews news;
  while (true) {
    co_await pause(access_.calls.backend.executor, interval_, hop_.call->stop, this);
    if (hop_.call->ended != RunningCall::Ended::no) {
      co_return news;
    }
    ReadMessage got = co_await ask_backend(hop_, "tasks/get", about_task(id_));
    if (!got.message) {
      news.failure = std::move(got.failure);
      co_return news;
    }
    if (got.message->message.kind == Message::Kind::error) {
      news.error = got.message->message.error;
      co_return news;
    }
    auto read = read_modern_task(got.message->message.result);
    if (auto* const problem = std::get_if<std::string>(&read)) {
      news.failure = {Reason::backend_protocol_error, HttpFailure::none, std::move(*problem)};
      co_return news;
    }
    auto& task = std::get<ModernTask>(read);
    interval_ = poll_interval(task);
    std::erase_if(task.requests, [this](const InputRequest& request) {
      return std::find(asked_.begin(), asked_.end(), request.key) != asked_.end();
    });
    const bool waits = task.status == ModernTask::Status::input_required;
    if (task.status == ModernTask::Status::working || (waits && task.requests.empty())) {
      continue;
    }
    for (const InputRequest& request : task.requests) {
      asked_.push_back(request.key);
    }
    over_ = !waits;
    news.task = std::move(task);
    co_return news;
  }
}

Task<ReadMessage> AwaitedTask::update(const std::vector<InputResponse>& responses) {
  std::vector<MemberChange> values;
  for (const InputResponse& response : responses) {
    values.push_back({response.key, response.value});
  }
  return ask_backend(hop_, "tasks/update", object_of({{"taskId", quoted(id_)}, {"inputResponses", object_of(values)}}));
}

bool wants_tasks(std::string_view error) {
  return error_code(error) == kMissingCapability &&
         has_tasks_extension(object_member(object_member(error, "data"), "requiredCapabilities"));
}

}  // namespace mcprouter::detail
