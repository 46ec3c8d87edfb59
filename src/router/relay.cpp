#include "router/relay.hpp"

#include <memory>
#include <utility>

#include "live/backend_exchange.hpp"
#include "live/from_backend.hpp"
#include "protocol/envelope.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/result_stream.hpp"
#include "protocol/task_ids.hpp"
#include "protocol/task_translation.hpp"
#include "protocol/version.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/legacy_task.hpp"
#include "router/modern_backend_relay.hpp"
#include "router/modern_relay.hpp"
#include "router/reach.hpp"
#include "router/withdraw_requests.hpp"
#include "support/await.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

// Requests of a backend in one call.
constexpr int kMaxRequests = 1'000;
constexpr int kInternalError = -32603;

/// The response as the client is to get it: as it came, with the id to the letter. Takes the text.
std::string response_for(std::string_view client_id, const BackendMessage& response) {
  const std::string_view id = response.message.id;
  if (id == client_id) {
    return std::move(*response.text);
  }
  if (id.empty()) {  // an error of a backend that could not read the id
    return error_message(client_id, response.message.error);
  }
  return splice(*response.text, {{id, std::string(client_id)}});
}

/// Returns the message without what names a task.
std::string without_task(std::string message) {
  const Envelope envelope = read_envelope(message);
  const std::string_view named = envelope.params.present() ? envelope.params.value : envelope.result.value;
  return named.empty() ? message : splice(message, {{named, without_related_task(named)}});
}

using TaskRole = RunningCall::TaskRole;

class Relay {
 public:
  /// `upstream` is null if the session has none at the backend yet. `as_task`: the request is to be a task at the
  /// backend, of which the client knows nothing.
  Relay(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, UpstreamPtr upstream,
        bool as_task, Reply& reply, ResultHook on_result)
      : access_(access),
        request_(request),
        reply_(reply),
        hook_(std::move(on_result)),
        as_task_(as_task),
        exchange_(hop_of_call(access, request, std::move(backend), std::move(upstream)), [&reply] { reply.begin(); }),
        live_(request.live) {}

  Task<Outcome> run(std::string body) {
    if (!live_) {
      co_return co_await fail({Reason::shutting_down, HttpFailure::none, {}});
    }
    if (as_task_) {
      CreatedTask created = co_await create_task(hop(), std::move(body));
      if (created.response.message && created.id.empty()) {
        co_return co_await answer(*created.response.message);
      }
      if (!created.response.message) {
        co_return co_await fail(std::move(created.response.failure));
      }
      task_ = std::move(created.id);
      body = request_message(request_.message.id, "tasks/result", about_task(task_));
    }
    BackendExchange::BeforeSend listening = [this](const UpstreamPtr&) { return until_listening(); };
    const std::string task_id = call()->task_role == TaskRole::ends
                                    ? string_value(read_envelope(body).routed.task_id.value).value_or(std::string())
                                    : std::string();
    const bool may_be_parts = reply_.takes_parts() && !as_task_ && call()->task_role != TaskRole::makes;
    const Large large = may_be_parts ? Large::in_parts : Large::whole;
    std::optional<UpstreamFailure> unsent =
        co_await exchange_.send(std::string(request_.message.id), std::move(body), std::move(listening), large);
    if (unsent) {
      co_return co_await fail(std::move(*unsent));
    }
    map_tasks(access_, hop());
    if (hop().exposed_task) {
      hook_.edits.push_back(task_id_edit(hop().exposed_task));
    }
    while (true) {
      ReadMessage read = co_await exchange_.next();
      if (read.part) {
        co_return co_await pass_on(std::move(*read.part));
      }
      if (!read.message) {
        co_return co_await fail(std::move(read.failure));
      }
      if (exchange_.is_response(*read.message)) {
        exchange_.finish();
        task_.clear();
        if (call()->task_role == TaskRole::makes) {
          co_return co_await answer_task(*read.message);
        }
        if (call()->task_role == TaskRole::ends) {
          live_->calls().end_task(hop().backend->name, task_id);
        }
        co_return co_await answer(*read.message);
      }
      co_await carry(*read.message);
    }
  }

  /// The call is over: nobody waits any more.
  ~Relay() {
    if (!live_) {
      return;
    }
    for (const std::string& id : asked_) {
      live_->calls().take_request(id);
    }
    if (!task_.empty()) {
      access_.background(cancel_task(hop(), task_));
    }
  }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

 private:
  static BackendHop hop_of_call(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                                UpstreamPtr upstream) {
    BackendHop hop = backend_hop(access, request.routes, request.session, request.headers, std::move(backend));
    hop.upstream = std::move(upstream);
    hop.call = request.call;
    hop.era = Era::legacy;
    return hop;
  }

  /// What the backend says for no request in particular is lost while nobody listens to it.
  Task<void> until_listening() {
    if (live_->is_opening(hop().backend->name)) {
      Callback<bool> listening([this](std::function<void(bool)> done) {
        live_->when_listening(hop().backend->name, [done = std::move(done)] { done(true); });
      });
      co_await listening;
    }
  }

  /// The client asked for a task. It may have taken that back, before it could know the task.
  Task<Outcome> answer_task(const BackendMessage& response) {
    std::string id = string_member(object_member(response.message.result, "task"), "taskId");
    if (call()->is_cancelled()) {
      if (!id.empty()) {
        access_.background(cancel_task(hop(), std::move(id)));
      }
      co_return co_await answer_ended(request_, hop().backend->name, reply_);
    }
    if (!id.empty() && !call()->progress_token.empty()) {
      live_->calls().add_task(hop().backend->name, std::move(id), call());
    }
    co_return co_await answer(response);
  }

  Task<Outcome> answer(const BackendMessage& response) {
    if (!asked_.empty()) {
      co_await withdraw_requests(*live_, asked_, reply_);
    }
    const bool is_result = response.message.kind == Message::Kind::result;
    std::optional<std::string> changed = is_result ? hook_.apply(response.message.result) : std::nullopt;
    if (!is_result && wants_unknown_visit(response.message.error, request_.session->protocol_version,
                                          request_.session->client_capabilities)) {
      const FailedRequest failed{request_.message.method, {}, request_.session->client_capabilities};
      std::string refused = error_message(request_.message.id, error_for_legacy(response.message.error, failed));
      co_await reply_.answer(std::move(refused));
      co_return Outcome{hop().backend->name};
    }
    std::string text =
        changed ? result_message(request_.message.id, *changed) : response_for(request_.message.id, response);
    if (as_task_) {
      text = without_task(std::move(text));
    }
    co_await reply_.answer(std::move(text));
    co_return Outcome{hop().backend->name};
  }

  /// Hands a large result on as it comes.
  Task<Outcome> pass_on(ResponsePart part) {
    co_await withdraw_requests(*live_, asked_, reply_);
    ResultStream response(exchange_.id(), request_.message.id, request_.routes->options().limits, hook_.edits);
    while (true) {
      std::string text;
      if (!response.feed(part.text, text) || (part.last && !response.finish())) {
        UpstreamFailure failure{Reason::backend_protocol_error, HttpFailure::none, "not the response"};
        co_return co_await broke_off(std::move(failure));
      }
      const bool taken = co_await reply_.answer_part(std::move(text));
      if (!taken) {
        exchange_.finish();
        reply_.cut_off();
        co_return Outcome{hop().backend->name, "cancelled"};
      }
      if (part.last) {
        break;
      }
      exchange_.touch();
      ReadMessage read = co_await exchange_.next();
      if (!read.part) {
        co_return co_await broke_off(std::move(read.failure));
      }
      part = std::move(*read.part);
    }
    exchange_.finish();
    if (hook_.on_result) {
      hook_.on_result();
    }
    reply_.end_parts();
    co_return Outcome{hop().backend->name};
  }

  /// There is no more of a large result.
  Task<Outcome> broke_off(UpstreamFailure failure) {
    exchange_.finish();
    if (!reply_.cut_off()) {
      co_return co_await fail(std::move(failure));
    }
    if (call()->ended == RunningCall::Ended::cancelled) {
      co_return Outcome{hop().backend->name, "cancelled"};
    }
    report(failure);
    co_return Outcome{hop().backend->name, info(failure.reason).name};
  }

  /// Hands a notification or request of the backend on.
  Task<void> carry(const BackendMessage& message) {
    const bool is_request = message.message.kind == Message::Kind::request;
    if (is_request && ++requests_ > kMaxRequests) {
      call()->end(RunningCall::Ended::asked_too_much);
      co_return;
    }
    if (is_request && !reply_.takes_streams() && message.message.method != "ping") {
      refuse_request(hop(), message.message, kInternalError, "The client takes no requests during this call.");
      co_return;
    }
    std::optional<std::string> text = toward_client(hop(), *live_, message, asked_);
    exchange_.touch();
    if (text && as_task_) {
      text = without_task(std::move(*text));
    }
    if (text) {
      co_await reply_.notify(*text);
    }
  }

  /// There was no response.
  Task<Outcome> fail(UpstreamFailure failure) {
    if (!asked_.empty()) {
      co_await withdraw_requests(*live_, asked_, reply_);
    }
    co_return co_await answer_failed(access_, request_, hop().backend->name, std::move(failure), reply_);
  }

  void report(const UpstreamFailure& failure) {
    observe(access_.observer,
            [&](Observer& o) { o.backend_failed(hop().backend->name, failure.reason, failure.detail); });
  }

  [[nodiscard]] BackendHop& hop() { return exchange_.hop(); }
  [[nodiscard]] const std::shared_ptr<RunningCall>& call() { return hop().call; }

  const RouterAccess& access_;
  const ClientRequest& request_;
  Reply& reply_;
  ResultHook hook_;
  const bool as_task_;
  BackendExchange exchange_;
  const std::shared_ptr<LiveSession>& live_;
  std::vector<std::string> asked_;  ///< Ids towards the client of the backend's requests.
  int requests_ = 0;
  std::string task_;  ///< The backend's, as long as it is waited for; empty: none.
};

}  // namespace

std::optional<std::string> ResultHook::apply(std::string_view result) const {
  if (on_result) {
    on_result();
  }
  return edits.empty() ? std::nullopt : edit_text(result, edits);
}

Task<Outcome> relay(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, std::string body,
                    Reply& reply, ResultHook on_result) {
  if (request.has_ended()) {  // while its owner was looked for
    co_return co_await answer_ended(request, backend->name, reply);
  }
  if (request.is_modern()) {
    co_return co_await relay_for_modern(access, request, std::move(backend), std::move(body), reply,
                                        std::move(on_result));
  }
  UpstreamPtr upstream = request.session->upstream(backend->name, request.routes->revision(*backend));
  std::optional<Era> era = Era::legacy;
  if (!upstream) {
    Reached reached = co_await learn_era(access, request, backend);
    if (!reached.era) {
      co_return co_await answer_failed(access, request, backend->name, std::move(reached.failure), reply);
    }
    era = reached.era;
  }
  TaskSupport support = TaskSupport::forbidden;
  if (era == Era::legacy && request.message.method == "tools/call" &&
      request.session->protocol_version < version_2025_11_25) {
    support = co_await task_support(access, request, backend, body);
  }
  if (era == Era::modern) {
    co_return co_await relay_to_modern(access, request, std::move(backend), std::move(body), reply,
                                       std::move(on_result));
  }
  Relay relaying(access, request, std::move(backend), std::move(upstream), support == TaskSupport::required, reply,
                 std::move(on_result));
  co_return co_await relaying.run(std::move(body));
}

}  // namespace mcprouter::detail
