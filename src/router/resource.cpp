#include "router/resource.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "backend/header_rules.hpp"
#include "backend/reply_reader.hpp"
#include "live/modern_listening.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/legacy_result.hpp"
#include "protocol/modern_result.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "router/reach.hpp"
#include "router/relay.hpp"
#include "support/random.hpp"
#include "support/stop_signal.hpp"

namespace mcprouter::detail {
namespace {

/// Returns `params.uri` if it may be one (RSC-01).
std::optional<std::string> readable_uri(const Message& message) {
  auto uri = string_value(message.uri);
  return uri && is_usable_uri(*uri) ? uri : std::nullopt;
}

Destination destination(const Routes& routes, std::optional<NameOwner> owner) {
  return owner ? Destination{routes.backend(owner->backend), std::move(owner->name)} : Destination{};
}

std::string with_uri(const ClientRequest& request, const std::string& exposed, const std::string& uri) {
  return exposed == uri ? std::string(request.text) : splice(request.text, {{request.message.uri, quoted(uri)}});
}

/// Puts the URI that the client knows in place of the backend's, wherever a ReadResourceResult names it.
ResultEdit rename_contents(const std::string& uri, const std::string& exposed) {
  static const std::vector<JsonPaths::Way> contents = {{"contents", JsonPaths::each, "uri"}};
  ResultEdit edit;
  edit.ways = contents;
  edit.change = [&uri, &exposed](std::string_view written) {
    return string_value(written) == uri ? std::optional(quoted(exposed)) : std::nullopt;
  };
  return edit;
}

Task<Outcome> refuse_unknown(const ClientRequest& request, Reply& reply, const std::string& uri) {
  const ReasonInfo& unknown = info(Reason::unknown_resource);
  std::string refused = error_message(request.message.id, unknown.code, unknown.text,
                                      fmt::format(R"({{"reason":"{}","uri":{}}})", unknown.name, quoted(uri)));
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, unknown.name};
}

/// Asks one backend for a resource it did not list, with an id of ours: what it says before the response belongs to no
/// request of the client. Returns the response if it is a result.
Task<std::optional<BackendMessage>> ask(const RouterAccess& access, const ClientRequest& request, BackendPtr backend) {
  const auto capabilities = access.calls.upstreams.known(*backend).capabilities;
  if (capabilities && !has_capability(*capabilities, "resources")) {
    co_return std::nullopt;
  }
  const Reached reached = co_await reach_backend(access, request, backend, Use::call);
  if (!reached.era) {
    co_return std::nullopt;
  }
  const RouterOptions& options = request.routes->options();
  const Timeouts& timeouts = options.timeouts;
  CallRequest call;
  call.session = reached.lease.session();
  call.backend = backend;
  const std::string id = quoted(random_id());
  call.body = reached.era == Era::legacy && !request.is_modern()
                  ? splice(request.text, {{request.message.id, id}})
                  : request_message(id, "resources/read", fmt::format(R"({{"uri":{}}})", request.message.uri));
  call.passed = forwarded_headers(request.headers, backend->headers);
  call.times = {timeouts.connect, timeouts.list, timeouts.list};
  call.retry_connect = false;
  call.max_message = options.limits.max_response;
  call.stop = part_of(request.call->stop);
  ReadMessage read = co_await ask_alone(access.calls, std::move(call), id, options.limits);
  const bool found = read.message && read.message->message.kind == Message::Kind::result &&
                     result_type(read.message->message.result) == ResultType::complete;
  co_return found ? std::move(read.message) : std::nullopt;
}

enum class Change { subscribe, unsubscribe };

/// Has the session's store know of a subscription that a backend agreed to, or that ended.
Task<void> remember(const RouterAccess& access, const ClientRequest& request, Change change,
                    Subscription subscription) {
  SessionStore& store = access.calls.store;
  Executor& executor = access.calls.backend.executor;
  const BlockingThread before_remember(executor, store.blocks());
  co_await before_remember;
  const std::string& session = request.session->id;
  if (change == Change::subscribe) {
    const std::size_t max = request.routes->options().limits.max_subscriptions;
    store.subscribe(session, std::move(subscription), max, executor.now());
  } else {
    store.unsubscribe(session, subscription, executor.now());
  }
}

/// A modern backend knows of no subscriptions but those of a listen: the session's is replaced, if there is one. If
/// not, the next one will have it.
Task<Outcome> listen_for(const RouterAccess& access, const ClientRequest& request, Reply& reply, Change change,
                         Destination owner) {
  const auto capabilities = access.calls.upstreams.known(*owner.backend).capabilities;
  if (change == Change::subscribe && capabilities && !has_capability(*capabilities, "resources.subscribe")) {
    co_return co_await refuse(request, reply, Reason::invalid_params, "nothing tells of changes of this resource");
  }
  const Subscription subscription{owner.backend->name, owner.name};
  co_await remember(access, request, change, subscription);
  const auto live = access.live.find(request.session->id);
  const auto listening = live ? live->modern_listening(owner.backend->name) : nullptr;
  if (listening) {
    const ModernListening::Replaced replaced = co_await listening->replace();
    if (replaced.listening && change == Change::subscribe) {
      const auto tells_of = [&](const ListenFilter& filter) {
        return std::find(filter.uris.begin(), filter.uris.end(), owner.name) != filter.uris.end();
      };
      if (!replaced.granted || !tells_of(*replaced.granted)) {
        co_await remember(access, request, Change::unsubscribe, subscription);
        const Reason reason = replaced.granted ? Reason::invalid_params : Reason::backend_unavailable;
        co_return co_await refuse(request, reply, reason, "the server did not agree to tell of this resource");
      }
    }
  }
  std::string done = result_message(request.message.id, "{}");
  co_await reply.answer(std::move(done));
  co_return Outcome{owner.backend->name};
}

/// What subscribe and unsubscribe share.
Task<Outcome> change_subscription(const RouterAccess& access, const ClientRequest& request, Reply& reply,
                                  Change change) {
  const auto uri = readable_uri(request.message);
  if (!uri) {
    co_return co_await refuse(request, reply, Reason::invalid_params, "params.uri must be a URI, a string");
  }
  Destination owner = co_await find_resource(access, request, *uri);
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  if (!owner.backend) {
    co_return co_await refuse_unknown(request, reply, *uri);
  }
  // One that cannot be reached is reported as in any other call.
  const Reached reached = co_await reach_backend(access, request, owner.backend, Use::call);
  if (reached.era == Era::modern) {
    co_return co_await listen_for(access, request, reply, change, std::move(owner));
  }
  bool agreed = false;
  ResultHook hook;
  hook.on_result = [&agreed] { agreed = true; };
  std::string body = with_uri(request, *uri, owner.name);
  Outcome outcome = co_await relay(access, request, owner.backend, std::move(body), reply, std::move(hook));
  if (agreed) {
    Subscription subscription{owner.backend->name, owner.name};
    co_await remember(access, request, change, std::move(subscription));
  }
  co_return outcome;
}

}  // namespace

Destination known_resource(const Routes& routes, const std::string& uri) {
  if (!routes.prefixed()) {
    return routes.backends().empty() ? Destination{} : Destination{routes.backends().front(), uri};
  }
  if (auto owner = routes.uris().find(uri)) {
    return destination(routes, std::move(owner));
  }
  if (const std::size_t plus = uri.find('+'); plus != std::string::npos) {
    if (BackendPtr backend = routes.backend(uri.substr(0, plus))) {
      return {std::move(backend), uri.substr(plus + 1)};
    }
  }
  auto owner = routes.templates().match(uri);
  if (owner) {
    owner->name = uri;
  }
  return destination(routes, std::move(owner));
}

Task<Destination> find_resource(const RouterAccess& access, const ClientRequest& request, std::string uri) {
  Destination found = known_resource(*request.routes, uri);
  if (!found.backend) {
    co_await gather_list(access, request, kServedResources);
    found = known_resource(*request.routes, uri);
  }
  if (!found.backend && !request.has_ended()) {
    co_await gather_list(access, request, kServedTemplates);
    found = known_resource(*request.routes, uri);
  }
  co_return found;
}

Task<Outcome> read_resource(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const auto uri = readable_uri(request.message);
  if (!uri) {
    co_return co_await refuse(request, reply, Reason::invalid_params, "params.uri must be a URI, a string");
  }
  const Destination owner = co_await find_resource(access, request, *uri);
  if (owner.backend) {
    ResultHook hook;
    if (owner.name != *uri) {
      hook.edits.push_back(rename_contents(owner.name, *uri));
    }
    std::string body = with_uri(request, *uri, owner.name);
    co_return co_await relay(access, request, owner.backend, std::move(body), reply, std::move(hook));
  }
  for (const BackendPtr& backend : request.routes->backends()) {
    if (request.has_ended()) {
      co_return co_await answer_ended(request, {}, reply);
    }
    std::optional<BackendMessage> response = co_await ask(access, request, backend);
    if (response) {
      const std::string_view result = response->message.result;
      const std::string own = request.is_modern()
                                  ? std::string(result)
                                  : legacy_result("resources/read", result, request.session->protocol_version);
      std::string text = result_message(request.message.id, own);
      co_await reply.answer(std::move(text));
      co_return Outcome{backend->name};
    }
  }
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  co_return co_await refuse_unknown(request, reply, *uri);
}

Task<Outcome> subscribe(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  if (request.session->subscriptions.size() >= request.routes->options().limits.max_subscriptions) {
    co_return co_await refuse(request, reply, Reason::too_many_subscriptions, {});
  }
  co_return co_await change_subscription(access, request, reply, Change::subscribe);
}

Task<Outcome> unsubscribe(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  co_return co_await change_subscription(access, request, reply, Change::unsubscribe);
}

}  // namespace mcprouter::detail
