#include "router/modern_call.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "protocol/elicitation.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/log_level.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/task_translation.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/modern_reply.hpp"
#include "router/modern_tasks.hpp"
#include "router/suspended_calls.hpp"
#include "router/try_again.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;
// How long a backend's other requests are waited for after the first.
constexpr milliseconds kPatience{10};
// Requests of a backend in one call.
constexpr std::size_t kMaxAsked = 1'000;

std::string problem_of_task(std::string_view result, const ClientRequest& request) {
  if (request.message.method != "tools/call" || !takes_tasks(request)) {
    return "a task that the client did not declare to take";
  }
  const auto read = read_created_task(result);
  const auto* const problem = std::get_if<std::string>(&read);
  return problem != nullptr ? *problem : std::string();
}

}  // namespace

ModernCall::ModernCall(const RouterAccess& access, RoutesPtr routes, BackendHop hop, Lease lease,
                       std::shared_ptr<LiveSession> live)
    : access_(access),
      routes_(std::move(routes)),
      id_(random_id()),
      lease_(std::move(lease)),
      live_(std::move(live)),
      exchange_(std::move(hop), [this] { events_.push({Event::Kind::quiet}); }) {}

std::string ModernCall::Asked::answer(std::string_view result) const {
  return result_message(id, with_related_task(result, of_task));
}

Task<Outcome> ModernCall::serve(const ClientRequest& request, Reply& reply, ResultHook on_result,
                                std::string bound_to) {
  reply.watch_client([weak = weak_from_this(), round = rounds_] {
    if (const auto self = weak.lock()) {
      self->events_.push({Event::Kind::gone, {}, nullptr, round});
    }
  });
  refuse_undeclared(request);
  while (true) {
    if (!asked_.empty() && !patient_) {
      co_return co_await suspend(request, reply, bound_to);
    }
    Mailbox<Event>::Awaiter next = events_.next();
    Event event = co_await next;
    switch (event.kind) {
      case Event::Kind::quiet:
        reply.begin();
        break;
      case Event::Kind::patience:
        patient_ = false;
        break;
      case Event::Kind::gone:
        if (event.round == rounds_) {
          abandon();
          reply.give_up();
          co_return Outcome{exchange_.hop().backend->name, "cancelled"};
        }
        break;
      case Event::Kind::answered:
        event.taken(true);
        co_return co_await answer(request, reply, std::move(*event.read.message), on_result, bound_to);
      case Event::Kind::asked:
        if (event.read.message->message.kind == Message::Kind::request) {
          ask(*event.read.message, request, event.kind);
        } else {
          co_await pass(*event.read.message, request, reply);
        }
        break;
      case Event::Kind::said:
        if (event.read.part) {
          co_return co_await pass_on(request, reply, std::move(event), on_result);
        }
        if (!event.read.message) {
          event.taken(true);
          co_return co_await fail(request, reply, std::move(event.read.failure));
        }
        if (event.read.message->message.kind == Message::Kind::request) {
          ask(*event.read.message, request, event.kind);
        } else {
          co_await pass(*event.read.message, request, reply);
        }
        break;
    }
    if (event.taken) {
      event.taken(true);
    }
  }
}

void ModernCall::refuse_undeclared(const ClientRequest& request) {
  for (auto asked = asked_.begin(); asked != asked_.end();) {
    const auto& [key, method, params] = asked->request;
    const auto refusal = refuse_input(request.session->client_capabilities, method, params);
    if (refusal) {
      post(error_message(asked->id, refusal->code, refusal->text, {}));
      asked = asked_.erase(asked);
      --exchange_.hop().call->waiting_requests;
    } else {
      ++asked;
    }
  }
}

void ModernCall::ask(const BackendMessage& message, const ClientRequest& request, Event::Kind heard) {
  const Message& asked = message.message;
  const std::string_view capabilities = request.session->client_capabilities;
  if (!live_) {
    return;  // in this era servers send no requests (HTTP-17), and nobody could take an answer
  }
  if (asked.method == "ping") {
    post(result_message(asked.id, "{}"));
    return;
  }
  if (const auto refusal = refuse_input(capabilities, asked.method, asked.params)) {
    post(error_message(asked.id, refusal->code, refusal->text, {}));
  } else if (!allows_input(request.message.method)) {
    post(error_message(asked.id, kInternalError, "The client can be asked nothing during this request.", {}));
  } else if (heard == Event::Kind::asked && !live_->calls().is_only_call(exchange_.hop().call)) {
    post(error_message(asked.id, kInvalidParams, "It cannot be told which request this belongs to.", {}));
  } else if (++asked_ever_ > kMaxAsked || asked_.size() >= kMaxInputRequests) {
    post(error_message(asked.id, kInternalError, "Too many requests in one call.", {}));
  } else {
    asked_.push_back({{fmt::format("q{}", asked_ever_), asked.method,
                       input_params(signed_params(exchange_.hop().asker, asked.method, asked.params))},
                      std::string(asked.id),
                      std::string(related_task(asked.params))});
    ++exchange_.hop().call->waiting_requests;
    if (!std::exchange(patient_, true)) {
      executor().post_after(kPatience, [weak = weak_from_this()] {
        if (const auto self = weak.lock()) {
          self->events_.push({Event::Kind::patience});
        }
      });
    }
  }
}

Task<void> ModernCall::pass(const BackendMessage& message, const ClientRequest& request, Reply& reply) {
  const Message& notification = message.message;
  std::string params;
  if (notification.method == "notifications/progress") {
    const auto token = member(notification.params, "progressToken");
    const std::string_view of_client = request.message.progress_token;
    RunningCall& call = *exchange_.hop().call;
    if (token && !of_client.empty() && same_id(*token, call.progress_token) && call.advance(notification.params)) {
      params = splice(notification.params, {{*token, std::string(of_client)}});
    }
  } else if (notification.method == "notifications/message") {
    // LOG-02: none unless this very request wants them.
    const std::string& wanted = request.session->log_level;
    if (!wanted.empty() && log_severity(string_member(notification.params, "level")) >= log_severity(wanted)) {
      params = notification.params;
    }
  } else if (notification.method == "notifications/cancelled") {
    take_back(member(notification.params, "requestId").value_or(std::string_view()));
  }
  // Everything else belongs to no request (HTTP-16).
  if (!params.empty()) {
    const std::string text = notification_message(notification.method, without_related_task(params));
    co_await reply.notify(text);
  }
}

void ModernCall::take_back(std::string_view id) {
  const auto found =
      std::find_if(asked_.begin(), asked_.end(), [id](const Asked& asked) { return same_id(asked.id, id); });
  if (found != asked_.end()) {
    asked_.erase(found);
    --exchange_.hop().call->waiting_requests;
  }
}

Task<Outcome> ModernCall::suspend(const ClientRequest& request, Reply& reply, const std::string& bound_to) {
  const std::string backend = exchange_.hop().backend->name;
  const std::string state = fmt::format("{}\n{}", id_, ++rounds_);
  std::vector<InputRequest> requests;
  for (const Asked& asked : asked_) {
    requests.push_back(asked.request);
  }
  const std::string result =
      input_required_result(requests, access_.seal.seal(state, bound_to), server_info_object(options().server_info));
  if (!access_.suspended.add(state, shared_from_this(), options().timeouts.input, request.session->client_key,
                             options().limits.max_suspended_calls)) {
    abandon();
    std::string refused =
        error_reply(request.message.id, Reason::internal_error, {"too many calls wait for their clients", backend});
    co_await reply.answer(std::move(refused));
    co_return Outcome{backend, info(Reason::internal_error).name};
  }
  // From here on the client may be back already, on another thread.
  std::string response = result_message(request.message.id, result);
  co_await reply.answer(std::move(response));
  co_return Outcome{backend, "input_required"};
}

void ModernCall::take_input(const std::vector<InputResponse>& responses) {
  for (const InputResponse& response : responses) {
    const auto found = std::find_if(asked_.begin(), asked_.end(),
                                    [&](const Asked& asked) { return asked.request.key == response.key; });
    if (found != asked_.end()) {
      post(found->answer(response.value));
      asked_.erase(found);
      --exchange_.hop().call->waiting_requests;
    }
  }
  exchange_.touch();
}

Task<Outcome> ModernCall::answer(const ClientRequest& request, Reply& reply, BackendMessage response,
                                 const ResultHook& on_result, const std::string& bound_to) {
  finish();
  const std::string& backend = exchange_.hop().backend->name;
  const Message& message = response.message;
  if (message.kind == Message::Kind::error) {
    auto asks = live_ ? visit_required(access_, request, exchange_.hop().asker, message.error, bound_to) : std::nullopt;
    if (asks) {
      std::string text = result_message(request.message.id, *asks);
      co_await reply.answer(std::move(text));
      co_return Outcome{backend, "input_required"};
    }
    const std::string uri = string_value(request.message.uri).value_or(std::string());
    const FailedRequest failed{request.message.method, uri, request.session->client_capabilities};
    std::string text = error_message(request.message.id, error_for_modern(message.error, failed));
    co_await reply.answer(std::move(text));
    co_return Outcome{backend};
  }
  std::string result(message.result);
  if (live_) {
    // To a legacy server the member means nothing. The client knows of no task.
    result = without_related_task(with_members(result, {{"resultType", std::nullopt}}));
  } else if (const std::string problem = problem_of(result, request); !problem.empty()) {
    UpstreamFailure violation{Reason::backend_protocol_error, HttpFailure::none, problem};
    co_return co_await fail(request, reply, std::move(violation));
  } else if (request.message.method == "resources/read" && request.message.input_responses.empty() &&
             request.message.request_state.empty()) {
    reply.allow_caching(cache_hints(result));
  } else if (result_type(result) == ResultType::task) {
    result = with_exposed_task(access_, request, backend, result);
  }
  if (auto changed = on_result.apply(result)) {
    result = std::move(*changed);
  }
  std::string text = result_message(request.message.id, result);
  co_await reply.answer(std::move(text));
  co_return Outcome{backend};
}

std::string ModernCall::problem_of(std::string_view result, const ClientRequest& request) {
  switch (result_type(result)) {
    case ResultType::complete:
      return {};
    case ResultType::invalid:
      return "the result is no object, or of an unknown type";
    case ResultType::task:
      return problem_of_task(result, request);
    case ResultType::input_required:
      break;
  }
  if (!allows_input(request.message.method)) {
    return "input is required for a method that takes none";
  }
  const auto read = read_input_required(result);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    return *problem;
  }
  const auto& requests = std::get<InputRequired>(read).requests;
  const bool may = std::all_of(requests.begin(), requests.end(), [&](const InputRequest& asked) {
    return may_ask(request.session->client_capabilities, asked.method, asked.params);
  });
  return may ? std::string() : "it asks for something that the client did not declare";
}

Task<Outcome> ModernCall::fail(const ClientRequest& request, Reply& reply, UpstreamFailure failure) {
  finish();
  co_return co_await answer_failed(access_, request, exchange_.hop().backend->name, std::move(failure), reply);
}

void ModernCall::abandon() {
  for (const Asked& asked : asked_) {
    post(asked.request.method == "elicitation/create"
             ? asked.answer(R"({"action":"cancel"})")
             : error_message(asked.id, kInternalError, "The client went away.", {}));
  }
  asked_.clear();
  exchange_.hop().call->end(RunningCall::Ended::cancelled);
  finish();
}

void ModernCall::finish() {
  over_ = true;
  std::shared_ptr<CallListening> listening;
  {
    MutexLock lock(mutex_);
    listening.swap(listening_);
  }
  if (listening) {
    listening->leave(exchange_.hop().call);
  }
  for (const Event& left : events_.close()) {
    if (left.taken) {
      left.taken(false);
    }
  }
  if (live_) {
    live_->calls().remove_call(exchange_.hop().call);
  }
}

void ModernCall::post(std::string body) {
  UpstreamPtr upstream;
  {
    MutexLock lock(mutex_);
    upstream = upstream_;
  }
  const BackendHop& hop = exchange_.hop();
  const Timeouts& timeouts = options().timeouts;
  post_message(hop.calls.backend, *hop.backend, *upstream, hop.passed, std::move(body),
               {timeouts.connect, timeouts.call_idle, timeouts.call_total}, options().limits.max_response);
}

void ModernCall::note_upstream(UpstreamPtr upstream) {
  MutexLock lock(mutex_);
  upstream_ = std::move(upstream);
}

}  // namespace mcprouter::detail
