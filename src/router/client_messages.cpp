#include "router/client_messages.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/header_rules.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/task_translation.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

void send(const RouterAccess& access, const ClientRequest& request, const Backend& backend,
          const UpstreamSession& upstream, std::string body) {
  const RouterOptions& options = request.routes->options();
  const Timeouts& timeouts = options.timeouts;
  const auto lost = [observer = access.observer, name = backend.name](const UpstreamFailure& failure) {
    observe(observer, [&](Observer& o) { o.backend_failed(name, failure.reason, failure.detail); });
  };
  post_message(access.calls.backend, backend, upstream, forwarded_headers(request.headers, backend.headers),
               std::move(body), {timeouts.connect, timeouts.call_idle, timeouts.call_total},
               options.limits.max_response, lost);
}

/// Sends the client's own message, as it is.
void send_on(const RouterAccess& access, const ClientRequest& request, const UpstreamSession& upstream) {
  const BackendPtr backend = request.routes->backend(upstream.backend);
  if (backend && backend->revision() == upstream.revision) {
    send(access, request, *backend, upstream, std::string(request.text));
  }
}

void cancel_call(const RouterAccess& access, const ClientRequest& request, LiveSession& live) {
  const auto id = member(request.message.params, "requestId");
  const auto call = id ? live.calls().find_call(*id) : nullptr;
  const UpstreamPtr sent_to = call && call->task_role == RunningCall::TaskRole::makes ? call->sent_to() : nullptr;
  if (sent_to && runs_tasks(*sent_to->capabilities)) {
    call->unwanted = true;
    return;
  }
  const UpstreamPtr told = call ? call->end(RunningCall::Ended::cancelled) : nullptr;
  if (told) {
    send_on(access, request, *told);  // the ids of a client's requests are the same on both hops
  }
}

void pass_progress(const RouterAccess& access, const ClientRequest& request, LiveSession& live) {
  const auto token = member(request.message.params, "progressToken");
  const auto pending = token ? live.calls().find_request_by_token(*token) : std::nullopt;
  if (pending && pending->upstream) {
    send(access, request, *pending->backend, *pending->upstream,
         splice(request.text, {{*token, pending->progress_token}}));
  }
}

void pass_response(const RouterAccess& access, const ClientRequest& request, LiveSession& live) {
  const auto pending = live.calls().take_request(request.message.id);
  if (pending && pending->answered) {
    const bool is_result = request.message.kind == Message::Kind::result;
    pending->answered(is_result, std::string(is_result ? request.message.result : request.message.error));
  } else if (pending) {
    std::vector<Replacement> changes{{request.message.id, pending->id}};
    if (!pending->of_task.empty() && request.message.kind == Message::Kind::result) {
      // The client knows the task by another id, if it knows of tasks at all (TSL-07).
      const std::string_view result = request.message.result;
      changes.push_back({result, with_related_task(result, pending->of_task)});
    }
    send(access, request, *pending->backend, *pending->upstream, splice(request.text, std::move(changes)));
  }
}

}  // namespace

void take_message(const RouterAccess& access, const ClientRequest& request) {
  const Message& message = request.message;
  if (message.method == "notifications/roots/list_changed") {
    // Backends were told that this client's roots change only if it said so.
    if (has_capability(request.session->client_capabilities, "roots.listChanged")) {
      for (const UpstreamPtr& upstream : request.session->upstreams) {
        send_on(access, request, *upstream);
      }
    }
    return;
  }
  const std::shared_ptr<LiveSession> live = access.live.find(request.session->id);
  if (!live) {
    return;
  }
  if (message.kind != Message::Kind::notification) {
    pass_response(access, request, *live);
  } else if (message.method == "notifications/cancelled") {
    cancel_call(access, request, *live);
  } else if (message.method == "notifications/progress") {
    pass_progress(access, request, *live);
  }
}

}  // namespace mcprouter::detail
