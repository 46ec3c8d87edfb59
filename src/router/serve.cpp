#include <algorithm>
#include <array>
#include <exception>
#include <optional>
#include <utility>
#include <variant>

#include "protocol/era.hpp"
#include "protocol/json_text.hpp"
#include "protocol/modern_request.hpp"
#include "protocol/version.hpp"
#include "router/client_messages.hpp"
#include "router/errors.hpp"
#include "router/gate.hpp"
#include "router/initialize.hpp"
#include "router/methods.hpp"
#include "router/modern_face.hpp"
#include "router/modern_reply.hpp"
#include "router/router_state.hpp"
#include "router/served.hpp"
#include "support/observe.hpp"
#include "support/recycled.hpp"

namespace mcprouter {

using detail::ClientRequest;
using detail::Message;
using detail::MessageProblem;
using detail::Outcome;
using detail::refusal;
using detail::Task;

namespace {

constexpr std::string_view kOneMessage = "this protocol version has one message per request";

detail::RunningCall::TaskRole task_role(const Message& message, const SessionRecord& session) {
  using Role = detail::RunningCall::TaskRole;
  if (session.protocol_version < detail::version_2025_11_25) {
    return Role::none;
  }
  if (message.method == "tools/call" && !message.task.empty()) {
    return Role::makes;
  }
  return message.method == "tasks/result" || message.method == "tasks/cancel" ? Role::ends : Role::none;
}

/// A request of a session, which its client can cancel as long as this is there.
class ListedRequest {
 public:
  ListedRequest(detail::LiveSessions& live_sessions, ClientRequest its_request) : request(std::move(its_request)) {
    const Message& message = request.message;
    request.live = live_sessions.get(*request.session, detail::options_of(request.routes));
    request.call = detail::make_recycled<detail::RunningCall>(
        std::string(message.id), std::string(message.progress_token), task_role(message, *request.session));
    if (request.live) {
      request.live->calls().add_call(request.call);
    }
  }
  ~ListedRequest() {
    if (request.live) {
      request.live->calls().remove_call(request.call);
    }
  }
  ListedRequest(const ListedRequest&) = delete;
  ListedRequest& operator=(const ListedRequest&) = delete;

  ClientRequest request;
};

}  // namespace

detail::Detached Router::State::serve(std::shared_ptr<State> self, std::unique_ptr<Visit> visit) {
  const detail::WorkCount::Piece piece(self->work_);
  try {
    co_await self->admit(*visit);
  } catch (...) {
    // Out of memory, or a host's callback: this request alone is answered 500, by its reply's end.
    visit.reset();
  }
  // The answer ends before the count does.
  visit.reset();
}

Task<void> Router::State::admit(Visit& visit) {
  if (stopping_) {
    visit.reply.respond(refusal(Reason::shutting_down));
    co_return;
  }
  if (const auto reason = detail::refuse(visit.request, visit.routes->options())) {
    visit.reply.respond(refusal(*reason));
    co_return;
  }
  if (parts_.authenticator != nullptr) {
    detail::Callback<Authenticator::Result> asking([&](std::function<void(Authenticator::Result)> done) {
      parts_.authenticator->authenticate(visit.request, std::move(done));
    });
    Authenticator::Result result = co_await asking;
    if (result.refusal) {
      visit.reply.respond(std::move(*result.refusal));
      co_return;
    }
    visit.principal = std::move(result.principal);
  }
  const bool modern_header = detail::names_modern_version(visit.version());
  if (modern_header && visit.request.method != "POST") {
    Response refused = refusal(Reason::method_not_allowed);
    refused.headers.set("Allow", "POST");
    visit.reply.respond(std::move(refused));
    co_return;
  }
  if (visit.request.method == "DELETE") {
    co_await end_session(visit);
    co_return;
  }
  if (visit.request.method == "GET") {
    co_await open_stream(visit);
    co_return;
  }
  if (const auto reason = detail::refuse_content(visit.request, visit.reply.accept(), visit.routes->options())) {
    visit.reply.respond(refusal(*reason));
    co_return;
  }
  if (detail::is_array(visit.request.body)) {
    if (modern_header) {  // no session has a say in it (HTTP-18)
      visit.reply.respond(refusal(Reason::invalid_request, "null", {kOneMessage, {}}));
      co_return;
    }
    co_await post_batch(visit);
  } else {
    co_await post(visit);
  }
}

Task<void> Router::State::post(Visit& visit) {
  const std::string& text = visit.request.body;
  const auto read = detail::read_message(text, visit.routes->options().limits);
  if (const auto* problem = std::get_if<MessageProblem>(&read)) {
    visit.reply.respond(refusal(problem->reason, problem->id, {problem->detail, {}}));
    co_return;
  }
  const Message& message = std::get<Message>(read);
  if (detail::classify(message, visit.version()) == Era::modern) {
    co_await post_modern(visit, message);
    co_return;
  }
  const bool is_initialize = message.kind == Message::Kind::request && message.method == "initialize";
  if (is_initialize && !visit.request.headers.has("Mcp-Session-Id")) {
    co_await initialize(visit, message);
    co_return;
  }
  const SessionPtr session = co_await find_session(visit);
  if (!session) {
    co_return;
  }
  if (is_initialize) {
    visit.reply.respond(refusal(Reason::invalid_request, message.id, {"the session is initialized already", {}}));
    co_return;
  }
  ClientRequest request{visit.routes, session, visit.request.headers, text, message};
  if (message.kind != Message::Kind::request) {
    visit.reply.respond({202, {}, {}});
    detail::take_message(access_, request);
    co_return;
  }
  const ListedRequest listed(live_sessions_, std::move(request));
  co_await dispatch(listed.request, visit.reply);
}

Task<void> Router::State::post_modern(Visit& visit, const Message& message) {
  auto checked = detail::check_modern_request(message, visit.request.headers, visit.request.field_values);
  if (const auto* problem = std::get_if<detail::ModernProblem>(&checked)) {
    visit.reply.respond(detail::modern_refusal(message.id, *problem));
    co_return;
  }
  if (message.kind == Message::Kind::notification) {
    visit.reply.respond({202, {}, {}});  // clients cancel by going away (CAN-05)
    co_return;
  }
  const auto& meta = std::get<detail::RequestMeta>(checked);
  const auto client =
      std::make_shared<const SessionRecord>(detail::modern_client(meta, visit.principal, visit.request));
  ClientRequest request{visit.routes, client, visit.request.headers, visit.request.body, message};
  request.field_values = visit.request.field_values;
  request.log_level_is_known = meta.log_level_is_known;
  if (message.method == "subscriptions/listen" && !visit.reply.takes_streams()) {
    visit.reply.respond(refusal(Reason::not_acceptable, message.id));
    co_return;
  }
  request.call = std::make_shared<detail::RunningCall>(std::string(), std::string());
  visit.reply.watch_client([call = request.call] { call->end(detail::RunningCall::Ended::cancelled); });
  const std::string uri = detail::string_value(message.uri).value_or(std::string());
  detail::ModernReply reply(visit.reply, {message.method, uri, client->client_capabilities},
                            detail::server_info_object(visit.routes->options().server_info));
  co_await serve_request(request, reply);
}

Task<void> Router::State::post_batch(Visit& visit) {
  const SessionPtr session = co_await find_session(visit);
  if (!session) {
    co_return;
  }
  if (!detail::allows_batches(session->protocol_version)) {
    visit.reply.respond(refusal(Reason::invalid_request, "null", {kOneMessage, {}}));
    co_return;
  }
  const detail::RoutesPtr routes = visit.routes;
  const Limits& limits = routes->options().limits;
  const auto batch = detail::read_batch(visit.request.body, limits);
  if (const auto* problem = std::get_if<MessageProblem>(&batch)) {
    visit.reply.respond(refusal(problem->reason, problem->id, {problem->detail, {}}));
    co_return;
  }
  const auto& texts = std::get<std::vector<std::string_view>>(batch);
  std::vector<std::variant<Message, MessageProblem>> messages;
  bool wants_answer = false;
  for (const std::string_view text : texts) {
    messages.push_back(detail::read_message(text, limits));
    const auto* message = std::get_if<Message>(&messages.back());
    if (message != nullptr && message->method == "initialize") {
      visit.reply.respond(refusal(Reason::invalid_request, "null", {"initialize must not be part of a batch", {}}));
      co_return;
    }
    wants_answer = wants_answer || message == nullptr || message->kind == Message::Kind::request;
  }
  std::vector<std::unique_ptr<ListedRequest>> requests(texts.size());  // null: none there
  for (std::size_t index = 0; index < texts.size(); ++index) {
    const auto* message = std::get_if<Message>(&messages[index]);
    if (message == nullptr) {
      continue;
    }
    ClientRequest request{routes, session, visit.request.headers, texts[index], *message};
    if (message->kind == Message::Kind::request) {
      requests[index] = std::make_unique<ListedRequest>(live_sessions_, std::move(request));
    } else {
      detail::take_message(access_, request);
    }
  }
  if (!wants_answer) {
    visit.reply.respond({202, {}, {}});
    co_return;
  }
  detail::BatchReply replies(visit.reply);
  for (std::size_t index = 0; index < texts.size(); ++index) {
    if (const auto* problem = std::get_if<MessageProblem>(&messages[index])) {
      std::string refused = detail::error_reply(problem->id, problem->reason, {problem->detail, {}});
      co_await replies.answer(std::move(refused));
    } else if (requests[index]) {
      co_await dispatch(requests[index]->request, replies);
      requests[index].reset();
    }
  }
  co_await replies.finish();
}

Task<void> Router::State::initialize(Visit& visit, const Message& message) {
  const TimePoint began = now();
  auto made = detail::new_session(message, visit.request, visit.principal);
  if (const auto* problem = std::get_if<std::string>(&made)) {
    std::string refused = detail::error_reply(message.id, Reason::invalid_params, {*problem, {}});
    co_await visit.reply.answer(std::move(refused));
    co_return;
  }
  const auto session = std::make_shared<const SessionRecord>(std::move(std::get<SessionRecord>(made)));
  const detail::BlockingThread before_create = store_thread();
  co_await before_create;
  switch (life_->create(*session)) {
    case SessionStore::Created::yes:
      break;
    case SessionStore::Created::too_many_sessions:
      visit.reply.respond(refusal(Reason::too_many_sessions, message.id));
      co_return;
    case SessionStore::Created::too_many_for_client:
      visit.reply.respond(refusal(Reason::too_many_sessions_for_client, message.id));
      co_return;
    case SessionStore::Created::id_taken:
      visit.reply.respond(refusal(Reason::internal_error, message.id));
      co_return;
  }
  visit.reply.add_header("Mcp-Session-Id", session->id);
  visit.reply.add_header("MCP-Protocol-Version", session->protocol_version);
  const ClientRequest request{visit.routes, session, visit.request.headers, visit.request.body, message};
  const detail::Served served = co_await detail::find_served(access_, request);
  std::string response = detail::result_message(
      message.id, detail::initialize_result(*session, served, visit.routes->options().server_info));
  co_await visit.reply.answer(std::move(response));
  detail::observe(parts_.observer, [&](Observer& observer) {
    observer.request_done("initialize", {}, "ok", std::chrono::duration_cast<std::chrono::microseconds>(now() - began));
  });
}

Task<SessionPtr> Router::State::find_session(Visit& visit) {
  const Headers& headers = visit.request.headers;
  if (headers.count("Mcp-Session-Id") != 1) {
    visit.reply.respond(refusal(Reason::session_id_missing));
    co_return nullptr;
  }
  const detail::BlockingThread before_find = store_thread();
  co_await before_find;
  SessionPtr session = parts_.store.find_and_touch(headers.get("Mcp-Session-Id"), visit.principal.key(), now());
  if (!session) {
    visit.reply.respond(refusal(Reason::session_not_found));
    co_return nullptr;
  }
  visit.reply.belong_to(live_sessions_, session, visit.routes);
  // VER-05: a version header that names no version we know is refused; another known one is tolerated.
  if (visit.version_header && !detail::is_session_version(*visit.version_header)) {
    visit.reply.respond(refusal(Reason::unsupported_protocol_version));
    co_return nullptr;
  }
  co_return session;
}

Task<void> Router::State::end_session(Visit& visit) {
  const SessionPtr session = co_await find_session(visit);
  if (!session) {
    co_return;
  }
  const SessionPtr removed = parts_.store.remove(session->id, session->principal_key, now());
  if (!removed) {
    visit.reply.respond(refusal(Reason::session_not_found));
    co_return;
  }
  visit.reply.respond({202, {}, {}});
  life_->end(removed, Observer::SessionEnd::deleted);
}

Task<void> Router::State::dispatch(const ClientRequest& request, detail::Reply& reply) {
  const detail::BlockingThread before_hold = store_thread();
  co_await before_hold;
  const bool held = parts_.store.hold(request.session->id, now());
  if (!held) {
    request.call->end(detail::RunningCall::Ended::session_over);
  }
  std::exception_ptr broken;
  try {
    co_await serve_request(request, reply);
  } catch (...) {
    broken = std::current_exception();
  }
  if (held) {
    const detail::BlockingThread before_release = store_thread();
    co_await before_release;
    parts_.store.release(request.session->id, now());
  }
  if (broken) {
    std::rethrow_exception(broken);
  }
}

Task<void> Router::State::serve_request(const ClientRequest& request, detail::Reply& reply) {
  const TimePoint began = now();
  const Outcome outcome = co_await detail::serve_method(access_, request, reply);
  detail::observe(parts_.observer, [&](Observer& observer) {
    observer.request_done(detail::method_label(request.message.method), outcome.backend, outcome.result,
                          std::chrono::duration_cast<std::chrono::microseconds>(now() - began));
  });
}

detail::BlockingThread Router::State::store_thread() const {
  return detail::BlockingThread(parts_.executor, parts_.store.blocks());
}

}  // namespace mcprouter
