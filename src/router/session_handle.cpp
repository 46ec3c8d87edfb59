#include "router/session_handle.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "protocol/capabilities.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/session_tool.hpp"
#include "router/failed_call.hpp"
#include "router/list.hpp"
#include "router/reach.hpp"
#include "support/observe.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

/// Whose a handle is, and what for.
std::string binding(const ClientRequest& request, const Backend& backend) {
  return fmt::format("session handle\n{}\n{}\n{}\n{}", request.session->principal_key, backend.name, backend.revision(),
                     normalised_capabilities(request.session->client_capabilities));
}

Task<Outcome> open_session(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, Reply& reply) {
  ClientRequest opening = request;
  opening.session_handle = random_id();
  Reached reached = co_await reach_backend(access, opening, backend, Use::open);
  if (!reached.era) {
    co_return co_await answer_failed(access, request, backend->name, std::move(reached.failure), reply);
  }
  const std::string handle = access.seal.seal(opening.session_handle, binding(request, *backend));
  std::string opened = result_message(request.message.id, session_opened(handle));
  co_await reply.answer(std::move(opened));
  co_return Outcome{};
}

/// Answers with a tool's error, for the model to read. `problem` says what is wrong; how it is done right is added, as
/// far as it is to be had.
Task<Outcome> refuse_call(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, Reply& reply,
                          std::string_view problem) {
  std::string remedy;
  const BackendList tools = co_await fetch_backend_list(access, request, backend, kServedTools);
  if (tools.ok) {
    remedy = fmt::format(" Open one with the tool {}, and pass the session that it returns to each call.",
                         exposed_opener(*request.routes, backend->name, tools));
  }
  const std::string text = quoted(fmt::format("{}{}", problem, remedy));
  std::string refused = result_message(
      request.message.id, fmt::format(R"({{"content":[{{"type":"text","text":{}}}],"isError":true}})", text));
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, info(Reason::session_not_found).name};
}

}  // namespace

bool names_sessions(const ClientRequest& request, const Backend& backend) {
  return request.is_modern() && backend.affinity == Affinity::handle;
}

std::string exposed_opener(const Routes& routes, const std::string& backend, const BackendList& tools) {
  std::string name = session_opener(tools.entries);
  return routes.prefixed() ? routes.tools().learn(backend, name).value_or(std::string()) : name;
}

Task<Outcome> call_in_session(const RouterAccess& access, const ClientRequest& request, const Destination& destination,
                              std::string body, Reply& reply, ResultHook on_result) {
  const BackendPtr& backend = destination.backend;
  const Reached reached = co_await learn_era(access, request, backend);
  if (reached.era != Era::legacy) {  // of one that cannot be reached the relay says what that means
    co_return co_await relay(access, request, backend, std::move(body), reply, std::move(on_result));
  }
  if (may_open_sessions(destination.name)) {
    BackendList tools = co_await fetch_backend_list(access, request, backend, kServedTools);
    if (!tools.ok) {
      co_return co_await answer_failed(access, request, backend->name, std::move(tools.failure), reply);
    }
    if (destination.name == session_opener(tools.entries)) {
      co_return co_await open_session(access, request, backend, reply);
    }
  }
  const Message& message = request.message;
  const std::optional<NamedSession> named = find_session(message.arguments);
  if (!named) {
    co_return co_await refuse_call(access, request, backend, reply, "The tool needs a session.");
  }
  const std::optional<std::string> handle = access.seal.open(named->handle, binding(request, *backend));
  if (!handle) {
    const std::string problem = fmt::format("The argument {} names no session.", named->argument);
    co_return co_await refuse_call(access, request, backend, reply, problem);
  }
  std::vector<Replacement> changes;
  changes.push_back({message.name, quoted(destination.name)});
  changes.push_back({message.arguments, with_members(message.arguments, {{named->argument, std::nullopt}})});
  ClientRequest in_session = request;
  in_session.session_handle = *handle;
  std::string changed = splice(request.text, std::move(changes));
  co_return co_await relay(access, in_session, backend, std::move(changed), reply, std::move(on_result));
}

Task<Outcome> answer_session_over(const RouterAccess& access, const ClientRequest& request, BackendPtr backend,
                                  Reply& reply) {
  co_return co_await refuse_call(access, request, std::move(backend), reply,
                                 "The session has expired, and what it kept is gone.");
}

}  // namespace mcprouter::detail
