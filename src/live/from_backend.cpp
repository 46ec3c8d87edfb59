#include "live/from_backend.hpp"

#include <utility>

#include "protocol/capabilities.hpp"
#include "protocol/elicitation.hpp"
#include "protocol/envelope.hpp"
#include "protocol/input_capability.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/task_translation.hpp"
#include "protocol/version.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

constexpr int kInternalError = -32603;

void answer(const BackendHop& hop, std::string body) {
  const Timeouts& timeouts = hop.options->timeouts;
  post_message(hop.calls.backend, *hop.backend, *hop.upstream, hop.passed, std::move(body),
               {timeouts.connect, timeouts.call_idle, timeouts.call_total}, hop.options->limits.max_response);
}

std::optional<std::string> carry_request(const BackendHop& hop, LiveSession& live, const BackendMessage& message,
                                         std::vector<std::string>& asked) {
  const Message& request = message.message;
  if (request.method == "ping") {
    answer(hop, result_message(request.id, "{}"));  // INIT-09
    return std::nullopt;
  }
  if (const auto refusal = refuse_input(hop.session->client_capabilities, request.method, request.params)) {
    refuse_request(hop, request, refusal->code, refusal->text);
    return std::nullopt;
  }
  PendingRequest pending{hop.backend,
                         hop.upstream,
                         std::string(request.id),
                         std::string(request.progress_token),
                         {},
                         {},
                         nullptr,
                         std::string(related_task(request.params))};
  if (hop.call) {
    pending.calls.push_back(hop.call);
  }
  std::string client_id = quoted(random_id());
  std::vector<Replacement> changes{{request.id, client_id}};
  if (!pending.progress_token.empty()) {
    pending.client_token = token_like(pending.progress_token);
    changes.push_back({request.progress_token, pending.client_token});
  }
  // "thisServer" would mean every backend (TRAP-45).
  if (const auto context = member(request.params, "includeContext");
      context && request.method == "sampling/createMessage") {
    changes.push_back({*context, quoted("none")});
  }
  if (const auto text = member(request.params, "message"); text && request.method == "elicitation/create") {
    changes.push_back({*text, signed_by(hop.asker, *text)});
  }
  if (!live.calls().add_request(client_id, std::move(pending))) {
    refuse_request(hop, request, kInternalError, "Too many requests wait for the client.");
    return std::nullopt;
  }
  asked.push_back(std::move(client_id));
  std::string carried = splice(*message.text, std::move(changes));
  if (!request.task.empty()) {  // no backend was told that the client makes tasks of requests
    const std::string_view params = read_envelope(carried).params.value;
    carried = splice(carried, {{params, with_members(params, {{"task", std::nullopt}})}});
  }
  return carried;
}

std::optional<std::string> carry_notification(const BackendHop& hop, LiveSession& live, const BackendMessage& message) {
  const Message& notification = message.message;
  if (notification.method == "notifications/progress") {
    const auto token = member(notification.params, "progressToken");
    return token && live.calls().hear_progress(hop.backend->name, *token, notification.params, hop.call.get())
               ? std::optional(*message.text)
               : std::nullopt;
  }
  if (notification.method == "notifications/tasks/status") {
    if (hop.session->protocol_version < version_2025_11_25) {
      return std::nullopt;  // the task is ours: its client called a tool
    }
    const std::string status = string_member(notification.params, "status");
    if (status == "completed" || status == "failed" || status == "cancelled") {
      live.calls().end_task(hop.backend->name, string_member(notification.params, "taskId"));
    }
    return *message.text;
  }
  if (notification.method == "notifications/cancelled") {
    const auto id = member(notification.params, "requestId");
    const auto client_id = id ? live.calls().take_request_of(hop.backend->name, *id) : std::nullopt;
    return client_id ? std::optional(splice(*message.text, {{*id, *client_id}})) : std::nullopt;
  }
  if (notification.method == "notifications/resources/updated") {
    const auto uri = string_value(notification.uri);
    if (!uri) {
      return std::nullopt;
    }
    const std::string exposed = hop.exposed_uri(*uri);
    return exposed == *uri ? *message.text : splice(*message.text, {{notification.uri, quoted(exposed)}});
  }
  return *message.text;
}

}  // namespace

std::optional<std::string> toward_client(const BackendHop& hop, LiveSession& live, const BackendMessage& message,
                                         std::vector<std::string>& asked) {
  std::optional<std::string> carried;
  if (message.message.kind == Message::Kind::request) {
    carried = carry_request(hop, live, message, asked);
  } else if (message.message.kind == Message::Kind::notification) {
    carried = carry_notification(hop, live, message);
  }
  if (carried && hop.exposed_task) {
    carried = map_task_ids(std::move(*carried), hop.exposed_task);
  }
  return carried;
}

std::string token_like(std::string_view token) {
  constexpr unsigned kSafeInteger = 53;  // what every JSON reader keeps exactly
  return kind_of(token) == JsonKind::string ? quoted(random_id())
                                            : std::to_string(random_serial() >> (64 - kSafeInteger));
}

void answer_alone(const BackendHop& hop, const Message& request) {
  const Timeouts& timeouts = hop.options->timeouts;
  answer_alone(hop.calls.backend, *hop.backend, *hop.upstream, hop.passed, request,
               {timeouts.connect, timeouts.call_idle, timeouts.call_total}, hop.options->limits.max_response);
}

void refuse_request(const BackendHop& hop, const Message& request, int code, std::string_view text) {
  answer(hop, error_message(request.id, code, text, {}));
}

}  // namespace mcprouter::detail
