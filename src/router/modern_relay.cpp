#include "router/modern_relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "protocol/input_required.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/modern_request.hpp"
#include "protocol/other_hop.hpp"
#include "router/backend_hop.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/legacy_task.hpp"
#include "router/modern_call.hpp"
#include "router/modern_tasks.hpp"
#include "router/reach.hpp"
#include "router/session_handle.hpp"
#include "router/suspended_calls.hpp"
#include "router/task_facade.hpp"
#include "router/try_again.hpp"
#include "support/observe.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

/// The arguments in one spelling: a client may write the same ones differently when it comes back.
std::string canonical(std::string_view arguments) {
  return arguments.empty() ? std::string() : nlohmann::json::parse(arguments, nullptr, false).dump();
}

/// What a request and its next try have in common.
std::string binding(const ClientRequest& request, const Seal& seal) {
  const Message& message = request.message;
  return fmt::format("state\n{}\n{}\n{}", request.session->principal_key, message.method,
                     seal.digest(std::string(mirrored_name(message)).append(canonical(message.arguments))));
}

/// Whether the user does not want to visit what a server wants visited.
bool is_declined(const std::vector<InputResponse>& responses) {
  return std::any_of(responses.begin(), responses.end(), [](const InputResponse& response) {
    const std::string action = string_member(response.value, "action");
    return action == "decline" || action == "cancel";
  });
}

/// The user did not visit what the server wanted visited: that is a tool's own error, and of nothing else.
Task<Outcome> answer_declined(const ClientRequest& request, const std::string& backend, Reply& reply) {
  std::string declined =
      request.message.method == "tools/call"
          ? result_message(request.message.id,
                           R"({"content":[{"type":"text","text":"The user did not visit the URL."}],"isError":true})")
          : error_reply(request.message.id, Reason::internal_error, {"the user did not visit the URL", backend});
  co_await reply.answer(std::move(declined));
  co_return Outcome{backend};
}

bool may_be_asked(const ClientRequest& request) {
  const std::string_view capabilities = request.session->client_capabilities;
  return allows_input(request.message.method) && capabilities.find(':') != std::string_view::npos;
}

/// A progress token of ours in place of the client's; empty if it has none.
std::string own_token(const ClientRequest& request) {
  const std::string_view token = request.message.progress_token;
  return token.empty() ? std::string() : token_like(token);
}

Task<Outcome> begin(const RouterAccess& access, const ClientRequest& request, Reached reached, BackendPtr backend,
                    std::string body, bool as_task, Reply& reply, ResultHook on_result, std::string bound_to) {
  const bool is_legacy = *reached.era == Era::legacy;
  const std::string id = quoted(random_id());
  const std::string token = own_token(request);
  BackendHop hop = backend_hop(access, request.routes, reached.lease.session(), request.headers, std::move(backend));
  hop.call = std::make_shared<RunningCall>(id, token);
  hop.era = reached.era;
  std::shared_ptr<LiveSession> live;
  if (is_legacy) {
    live = access.live.get(*hop.session, options_of(request.routes));
    if (!live) {
      std::string refused = error_reply(request.message.id, Reason::shutting_down);
      co_await reply.answer(std::move(refused));
      co_return Outcome{{}, info(Reason::shutting_down).name};
    }
    live->calls().add_call(hop.call);
    body = legacy_request(body);
  } else if (takes_tasks(request)) {
    hop.extensions = Extensions::tasks;
  }
  body = with_own_ids(body, id, token);
  const auto call =
      std::make_shared<ModernCall>(access, request.routes, std::move(hop), std::move(reached.lease), std::move(live));
  call->start(id, std::move(body), {may_be_asked(request), as_task});
  co_return co_await call->serve(request, reply, std::move(on_result), std::move(bound_to));
}

}  // namespace

Task<Outcome> relay_for_modern(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                               std::string body, Reply& reply, ResultHook on_result) {
  const auto read = read_client_input(request.message.params);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    co_return co_await refuse(request, reply, Reason::invalid_params, *problem);
  }
  const auto& input = std::get<ClientInput>(read);
  std::string bound_to;
  if (allows_input(request.message.method)) {
    bound_to = binding(request, access.seal);
  }
  const std::optional<std::string> state =
      input.request_state ? access.seal.open(*input.request_state, bound_to) : std::nullopt;
  if (state) {
    if (const auto call = access.suspended.take(*state)) {
      call->take_input(input.responses);
      co_return co_await call->serve(request, reply, std::move(on_result), std::move(bound_to));
    }
    if (!may_try_again(*state, access.calls.backend.executor.now())) {
      co_return co_await refuse(request, reply, Reason::invalid_params,
                                "requestState is no longer good: send the request without it");
    }
    if (is_declined(input.responses)) {
      co_return co_await answer_declined(request, backend->name, reply);
    }
  }
  TaskSupport support = TaskSupport::forbidden;
  Reached reached = co_await learn_era(access, request, backend);
  if (reached.era == Era::legacy && request.message.method == "tools/call") {
    support = co_await task_support(access, request, backend, body);
  }
  const bool creates_task = support != TaskSupport::forbidden && takes_tasks(request);
  if (reached.era) {
    reached = co_await reach_backend(access, request, backend, creates_task ? Use::task : Use::call);
  }
  if (reached.failure.reason == Reason::session_not_found) {
    co_return co_await answer_session_over(access, request, std::move(backend), reply);
  }
  if (!reached.era) {
    co_return co_await answer_failed(access, request, backend->name, std::move(reached.failure), reply);
  }
  if (*reached.era == Era::legacy && input.request_state && !state) {
    co_return co_await refuse(request, reply, Reason::invalid_params,
                              "requestState is none of ours, or of another request");
  }
  if (creates_task) {
    // Nobody hears of a task's progress (TSK-11).
    body = with_own_ids(legacy_request(body), request.message.id, own_token(request));
    co_return co_await create_facade_task(access, request, std::move(reached), std::move(backend), std::move(body),
                                          reply, std::move(on_result), std::move(bound_to));
  }
  co_return co_await begin(access, request, std::move(reached), std::move(backend), std::move(body),
                           support == TaskSupport::required, reply, std::move(on_result), std::move(bound_to));
}

}  // namespace mcprouter::detail
