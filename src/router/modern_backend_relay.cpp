#include "router/modern_backend_relay.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "live/backend_exchange.hpp"
#include "protocol/elicitation.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/input_required.hpp"
#include "protocol/json_text.hpp"
#include "protocol/legacy_result.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/other_hop.hpp"
#include "protocol/task_translation.hpp"
#include "router/ask_backend.hpp"
#include "router/awaited_task.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/withdraw_requests.hpp"
#include "support/await.hpp"
#include "support/gather.hpp"
#include "support/observe.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

// Before a request is sent again that the backend only wanted to see again: more each time, up to the largest.
constexpr milliseconds kBackoff{100};
constexpr milliseconds kLargestBackoff{2'000};

UpstreamFailure violation(std::string detail) {
  return {Reason::backend_protocol_error, HttpFailure::none, std::move(detail)};
}

UpstreamFailure cannot_ask(std::string detail) {
  return {Reason::internal_error, HttpFailure::none, std::move(detail)};
}

class ModernBackendRelay {
 public:
  ModernBackendRelay(const RouterAccess& access, const ClientRequest& request, const BackendPtr& backend, Reply& reply,
                     ResultHook on_result, std::shared_ptr<LiveSession> live)
      : access_(access),
        request_(request),
        reply_(reply),
        on_result_(std::move(on_result)),
        live_(std::move(live)),
        backend_(backend),
        token_(request.message.progress_token.empty() ? std::string() : token_like(request.message.progress_token)),
        call_(request.call),
        began_(executor().now()) {}
  ~ModernBackendRelay() {
    executor().cancel(timer_);
    for (const std::string& id : asked_) {
      live_->calls().take_request(id);
    }
  }
  ModernBackendRelay(const ModernBackendRelay&) = delete;
  ModernBackendRelay& operator=(const ModernBackendRelay&) = delete;

  Task<Outcome> run(std::string body) {
    for (std::size_t round = 0;; ++round) {
      ReadMessage read = co_await send(body);
      if (!read.message) {
        co_return co_await ended_early(std::move(read.failure));
      }
      const Message& response = read.message->message;
      if (response.kind == Message::Kind::error) {
        if (request_.message.method == "tools/call" && extensions_ == Extensions::none && wants_tasks(response.error)) {
          extensions_ = Extensions::tasks;
          continue;
        }
        co_return co_await answer_error(response.error);
      }
      switch (result_type(response.result)) {
        case ResultType::complete:
          co_return co_await answer_result(response.result);
        case ResultType::task:
          co_return co_await follow_task(response.result);
        case ResultType::invalid:
          co_return co_await fail(violation("the result is no object, or of an unknown type"));
        case ResultType::input_required:
          break;
      }
      end_in_time();
      if (round == request_.routes->options().limits.max_input_rounds) {
        co_return co_await fail(violation("it wants input again and again"));
      }
      const auto input = read_input_required(response.result);
      if (const auto* problem = std::get_if<std::string>(&input)) {
        co_return co_await fail(violation(*problem));
      }
      std::optional<Outcome> over = co_await gather_input(std::get<InputRequired>(input), round);
      if (over) {
        co_return *over;
      }
      const auto sent = read_message(body, request_.routes->options().limits);
      body = with_input(body, std::get<Message>(sent), responses_, std::get<InputRequired>(input).request_state);
    }
  }

 private:
  /// A client's answer to a request.
  struct Answer {
    bool is_result;
    std::string value;
  };

  BackendHop new_hop() {
    BackendHop hop = backend_hop(access_, request_.routes, request_.session, request_.headers, backend_);
    hop.call = call_;
    hop.extensions = extensions_;
    hop.era = Era::modern;
    return hop;
  }

  /// Sends the request as it is now and returns its response, or why there is none.
  Task<ReadMessage> send(const std::string& body) {
    BackendExchange exchange(new_hop(), [this] { reply_.begin(); });
    std::string id = quoted(random_id());
    std::string text = with_own_ids(body, id, token_);
    std::function<Task<void>(const BackendMessage&)> hear = [this](const BackendMessage& said) { return pass(said); };
    co_return co_await ask_backend(exchange, std::move(id), std::move(text), std::move(hear));
  }

  Task<void> pass(const BackendMessage& message) {
    const Message& notification = message.message;
    if (notification.method == "notifications/message") {
      co_await reply_.notify(*message.text);
    } else if (notification.method == "notifications/progress") {
      const auto token = member(notification.params, "progressToken");
      if (token && !token_.empty() && same_id(*token, token_) && call_->advance(notification.params)) {
        const std::string text = splice(*message.text, {{*token, std::string(request_.message.progress_token)}});
        co_await reply_.notify(text);
      }
    }
    // Nothing else belongs to a request (HTTP-16).
  }

  /// The backend made a task of the call: it is asked for it until there is a result.
  Task<Outcome> follow_task(std::string_view created) {
    auto read = read_created_task(created);
    if (extensions_ != Extensions::tasks || std::holds_alternative<std::string>(read)) {
      co_return co_await fail(violation("a task that nobody declared to take"));
    }
    AwaitedTask awaited(access_, new_hop(), std::get<ModernTask>(read));
    end_in_time();
    reply_.begin();
    co_return co_await follow(awaited);
  }

  Task<Outcome> follow(AwaitedTask& awaited) {
    for (std::size_t round = 0; round <= request_.routes->options().limits.max_input_rounds; ++round) {
      TaskNews news = co_await awaited.news();
      if (!news.error.empty()) {
        co_return co_await answer_error(news.error);
      }
      if (!news.task) {
        co_return co_await ended_early(std::move(news.failure));
      }
      switch (news.task->status) {
        case ModernTask::Status::completed:
          co_return co_await answer_result(news.task->result);
        case ModernTask::Status::failed:
          co_return co_await answer_error(news.task->error);
        case ModernTask::Status::cancelled:
          co_return co_await fail(violation("it cancelled the task"));
        case ModernTask::Status::working:
        case ModernTask::Status::input_required:
          break;
      }
      const InputRequired input{std::move(news.task->requests), std::nullopt};
      std::optional<Outcome> over = co_await gather_input(input, round);
      if (over) {
        co_return *over;
      }
      ReadMessage updated = co_await awaited.update(responses_);
      if (!updated.message) {
        co_return co_await ended_early(std::move(updated.failure));
      }
    }
    co_return co_await fail(violation("it wants input again and again"));
  }

  /// Asks the client for what the backend wants. Returns how the whole request has ended, if it has.
  Task<std::optional<Outcome>> gather_input(const InputRequired& input, std::size_t round) {
    responses_.clear();
    if (input.requests.empty()) {
      const milliseconds backoff = std::min(kBackoff * static_cast<int>(round), kLargestBackoff);
      co_await pause(executor(), backoff, call_->stop, this);
      if (call_->stop.stopped()) {
        co_return co_await ended_early(cannot_ask("the call was ended"));
      }
      co_return std::nullopt;
    }
    const std::string& capabilities = request_.session->client_capabilities;
    const bool may = allows_input(request_.message.method) &&
                     std::all_of(input.requests.begin(), input.requests.end(), [&](const InputRequest& asked) {
                       return may_ask(capabilities, asked.method, asked.params);
                     });
    if (!may) {
      co_return co_await fail(violation("it asks for something that the client did not declare"));
    }
    if (!reply_.takes_streams()) {
      co_return co_await fail(cannot_ask("the client takes no requests during a call"));
    }
    const std::vector<std::optional<Answer>> answers = co_await ask(input.requests);
    for (std::size_t index = 0; index < input.requests.size(); ++index) {
      const InputRequest& asked = input.requests[index];
      if (!answers[index]) {
        co_return co_await ended_early(cannot_ask("too many requests wait for the client"));
      }
      if (answers[index]->is_result) {
        responses_.push_back({asked.key, answers[index]->value});
      } else if (asked.method == "elicitation/create") {
        responses_.push_back({asked.key, R"({"action":"cancel"})"});
      } else if (asked.method == "roots/list") {
        responses_.push_back({asked.key, R"({"roots":[]})"});
      } else {
        // There is no way to tell the backend (TRAP-27).
        std::string refused = error_reply(request_.message.id, Reason::internal_error,
                                          {"the client refused to sample a message", backend_->name});
        co_await reply_.answer(std::move(refused));
        co_return Outcome{backend_->name, "input_refused"};
      }
    }
    co_return std::nullopt;
  }

  Task<std::vector<std::optional<Answer>>> ask(const std::vector<InputRequest>& requests) {
    const auto answers = std::make_shared<Gathering<Answer>>(requests.size());
    for (std::size_t index = 0; index < requests.size(); ++index) {
      const InputRequest& asked = requests[index];
      const std::string id = quoted(random_id());
      PendingRequest pending;
      pending.backend = backend_;
      pending.calls = {call_};
      pending.answered = [answers, index](bool is_result, std::string value) {
        answers->add(index, Answer{is_result, std::move(value)});
      };
      if (!live_->calls().add_request(id, std::move(pending))) {
        answers->add(index, std::nullopt);
        continue;
      }
      asked_.push_back(id);
      const std::string params = signed_params(asker_of(*request_.routes, *backend_), asked.method, asked.params);
      const std::string text =
          request_message(id, asked.method,
                          legacy_request_params(asked.method, params, random_id(), request_.session->protocol_version));
      co_await reply_.notify(text);
    }
    Callback<bool> answering([&](std::function<void(bool)> done) {
      answers->on_done(std::move(done));
      call_->stop.set(this, [answers] { answers->give_up(); });
    });
    co_await answering;
    call_->stop.clear(this);
    co_return answers->take();
  }

  /// Ends the call when its time is up. Until then its first request is bounded by itself.
  void end_in_time() {
    if (timer_ != 0) {
      return;
    }
    const auto spent = std::chrono::duration_cast<milliseconds>(executor().now() - began_);
    const milliseconds left = std::max(request_.routes->options().timeouts.call_total - spent, milliseconds(1));
    timer_ = executor().post_after(left, [call = call_] { call->end(RunningCall::Ended::timed_out); });
  }

  Task<Outcome> answer_result(std::string_view modern) {
    std::string result = legacy_result(request_.message.method, modern, request_.session->protocol_version);
    if (auto changed = on_result_.apply(result)) {
      result = std::move(*changed);
    }
    std::string text = result_message(request_.message.id, result);
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  Task<Outcome> answer_error(std::string_view error) {
    const std::string uri = string_value(request_.message.uri).value_or(std::string());
    const FailedRequest failed{request_.message.method, uri, request_.session->client_capabilities};
    std::string text = error_message(request_.message.id, error_for_legacy(error, failed));
    co_await reply_.answer(std::move(text));
    co_return Outcome{backend_->name};
  }

  /// There was no response.
  Task<Outcome> ended_early(UpstreamFailure failure) {
    co_await withdraw_requests(*live_, asked_, reply_);
    switch (call_->ended) {
      case RunningCall::Ended::cancelled:
        reply_.give_up();
        co_return Outcome{backend_->name, "cancelled"};
      case RunningCall::Ended::timed_out:
        failure = {Reason::backend_timeout, HttpFailure::timeout, "no answer in time"};
        break;
      case RunningCall::Ended::session_over:
        failure = {Reason::session_not_found, HttpFailure::none, "the session has ended"};
        break;
      case RunningCall::Ended::no:
      case RunningCall::Ended::asked_too_much:
        break;
    }
    co_return co_await fail(std::move(failure));
  }

  Task<Outcome> fail(UpstreamFailure failure) {
    co_return co_await answer_failed(access_, request_, backend_->name, std::move(failure), reply_);
  }

  [[nodiscard]] Executor& executor() const { return access_.calls.backend.executor; }

  const RouterAccess& access_;
  const ClientRequest& request_;
  Reply& reply_;
  const ResultHook on_result_;
  const std::shared_ptr<LiveSession> live_;
  const BackendPtr backend_;
  const std::string token_;  ///< Of the client's progress, towards the backend.
  const std::shared_ptr<RunningCall> call_;
  const TimePoint began_;
  Executor::TimerId timer_ = 0;               ///< For all that follows the first request; 0: that is not over.
  Extensions extensions_ = Extensions::none;  ///< Tasks, once the backend wants them.
  std::vector<InputResponse> responses_;
  std::vector<std::string> asked_;  ///< Ids towards the client.
};

}  // namespace

Task<Outcome> relay_to_modern(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                              std::string body, Reply& reply, ResultHook on_result) {
  if (!request.live) {
    std::string refused = error_reply(request.message.id, Reason::shutting_down);
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::shutting_down).name};
  }
  ModernBackendRelay relaying(access, request, backend, reply, std::move(on_result), request.live);
  co_return co_await relaying.run(std::move(body));
}

}  // namespace mcprouter::detail
