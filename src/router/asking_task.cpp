#include "router/asking_task.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <utility>

#include "backend/call.hpp"
#include "protocol/elicitation.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/json_text.hpp"
#include "protocol/task_translation.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

// How long a client waits for what a task wants, which the backend says at once.
constexpr std::chrono::milliseconds kPatience{500};
constexpr int kInternalError = -32603;

}  // namespace

AskingTask::AskingTask(const RouterAccess& access, BackendHop hop, Lease lease, std::shared_ptr<LiveSession> live)
    : access_(access), lease_(std::move(lease)), live_(std::move(live)), exchange_(std::move(hop), nullptr) {}

void AskingTask::start(std::string task_id, std::function<void()> ended) {
  live_->calls().add_call(exchange_.hop().call);
  access_.background(listen(shared_from_this(), std::move(task_id), std::move(ended)));
}

Task<void> AskingTask::listen(std::shared_ptr<AskingTask> self, std::string task_id, std::function<void()> ended) {
  BackendExchange& exchange = self->exchange_;
  const std::string id = quoted(random_id());
  std::string text = request_message(id, "tasks/result", about_task(task_id));
  const std::optional<UpstreamFailure> unsent = co_await exchange.send(id, std::move(text), nullptr);
  while (!unsent) {
    const ReadMessage read = co_await exchange.next();
    if (!read.message || exchange.is_response(*read.message)) {
      break;
    }
    self->hear(read.message->message);
    exchange.touch();
  }
  exchange.finish();
  self->live_->calls().remove_call(exchange.hop().call);
  self->take_all();
  self->wake();
  ended();
  if (exchange.hop().call->ended == RunningCall::Ended::cancelled) {
    co_await exchange.tell_cancelled("Nobody asks about the task.");
  }
}

Task<std::vector<InputRequest>> AskingTask::requests() {
  Executor& executor = access_.calls.backend.executor;
  const auto told = std::make_shared<std::atomic<bool>>(false);
  Executor::TimerId timer = 0;
  Callback<bool> beginning([&](std::function<void(bool)> done) {
    const auto go_on = [told, done = std::move(done)] {
      if (!told->exchange(true)) {
        done(true);
      }
    };
    {
      MutexLock lock(mutex_);
      if (!begun_) {
        waiting_.emplace_back(go_on);
        timer = executor.post_after(kPatience, go_on);
        return;
      }
    }
    go_on();
  });
  co_await beginning;
  executor.cancel(timer);
  std::vector<InputRequest> requests;
  MutexLock lock(mutex_);
  for (const Asked& asked : asked_) {
    requests.push_back(asked.request);
  }
  co_return requests;
}

void AskingTask::answer(const std::vector<InputResponse>& responses) {
  for (const InputResponse& response : responses) {
    std::string body;
    {
      MutexLock lock(mutex_);
      const auto found = std::find_if(asked_.begin(), asked_.end(),
                                      [&](const Asked& asked) { return asked.request.key == response.key; });
      if (found == asked_.end()) {
        continue;
      }
      body = result_message(found->id, with_related_task(response.value, found->of_task));
      asked_.erase(found);
    }
    --exchange_.hop().call->waiting_requests;
    post(std::move(body));
  }
}

void AskingTask::give_up() {
  for (const Asked& asked : take_all()) {
    post(asked.request.method == "elicitation/create"
             ? result_message(asked.id, with_related_task(R"({"action":"cancel"})", asked.of_task))
             : error_message(asked.id, kInternalError, "The client went away.", {}));
  }
  exchange_.hop().call->end(RunningCall::Ended::cancelled);
}

void AskingTask::hear(const Message& message) {
  if (message.kind != Message::Kind::request) {
    if (message.method == "notifications/cancelled") {
      take_back(member(message.params, "requestId").value_or(std::string_view()));
    }
    return;  // a client hears nothing else of a task (TSK-11)
  }
  if (message.method == "ping") {
    post(result_message(message.id, "{}"));
    return;
  }
  const std::string& capabilities = exchange_.hop().session->client_capabilities;
  if (const auto refusal = refuse_input(capabilities, message.method, message.params)) {
    post(error_message(message.id, refusal->code, refusal->text, {}));
    return;
  }
  bool too_many = false;
  {
    MutexLock lock(mutex_);
    too_many = asked_.size() >= kMaxInputRequests;
    if (!too_many) {
      asked_.push_back({{random_id(), message.method,
                         input_params(signed_params(exchange_.hop().asker, message.method, message.params))},
                        std::string(message.id),
                        std::string(related_task(message.params))});
    }
  }
  if (too_many) {
    post(error_message(message.id, kInternalError, "Too many requests wait for the client.", {}));
    return;
  }
  ++exchange_.hop().call->waiting_requests;
  wake();
}

void AskingTask::take_back(std::string_view id) {
  MutexLock lock(mutex_);
  const auto found =
      std::find_if(asked_.begin(), asked_.end(), [id](const Asked& asked) { return same_id(asked.id, id); });
  if (found != asked_.end()) {
    asked_.erase(found);
    --exchange_.hop().call->waiting_requests;
  }
}

void AskingTask::wake() {
  std::vector<std::function<void()>> waiting;
  {
    MutexLock lock(mutex_);
    begun_ = true;
    waiting.swap(waiting_);
  }
  for (const auto& go_on : waiting) {
    go_on();
  }
}

std::vector<AskingTask::Asked> AskingTask::take_all() {
  MutexLock lock(mutex_);
  exchange_.hop().call->waiting_requests -= static_cast<int>(asked_.size());
  return std::exchange(asked_, {});
}

void AskingTask::post(std::string body) {
  const BackendHop& hop = exchange_.hop();
  const Timeouts& timeouts = hop.options->timeouts;
  post_message(hop.calls.backend, *hop.backend, *hop.upstream, hop.passed, std::move(body),
               {timeouts.connect, timeouts.call_idle, timeouts.call_total}, hop.options->limits.max_response);
}

}  // namespace mcprouter::detail
