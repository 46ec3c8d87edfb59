#include "router/resource.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "backend/header_rules.hpp"
#include "backend/reply_reader.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/legacy_result.hpp"
#include "protocol/modern_result.hpp"
#include "router/errors.hpp"
#include "router/reach.hpp"
#include "router/relay.hpp"
#include "support/random.hpp"

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
  ResultEdit edit;
  edit.ways = {{"contents", JsonPaths::each, "uri"}};
  edit.change = [&uri, &exposed](std::string_view written) {
    return string_value(written) == uri ? std::optional(quoted(exposed)) : std::nullopt;
  };
  return edit;
}

Task<Outcome> refuse(const ClientRequest& request, Reply& reply, Reason reason, std::string_view problem) {
  std::string refused = error_reply(request.message.id, reason, {problem, {}});
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, info(reason).name};
}

Task<Outcome> refuse_unknown(const ClientRequest& request, Reply& reply, const std::string& uri) {
  const ReasonInfo& unknown = info(Reason::unknown_resource);
  std::string refused = error_message(request.message.id, unknown.code, unknown.text,
                                      fmt::format(R"({{"reason":"{}","uri":{}}})", unknown.name, quoted(uri)));
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, unknown.name};
}

/// Asks one backend for a resource it did not list. Returns the response if it is a result.
Task<std::optional<BackendMessage>> ask(RouterAccess access, const ClientRequest& request, BackendPtr backend) {
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
  const std::string id = quoted(random_id());
  CallRequest call;
  call.session = reached.lease.session();
  call.backend = backend;
  call.body = request_message(id, request.message.method, fmt::format(R"({{"uri":{}}})", request.message.uri));
  call.passed = forwarded_headers(request.headers, backend->headers);
  call.times = {timeouts.connect, timeouts.list, timeouts.list};
  call.retry_connect = false;
  call.max_message = options.limits.max_response;
  const OpenedCall opened = co_await open_call(access.calls, std::move(call));
  if (!opened.stream) {
    co_return std::nullopt;
  }
  ReadMessage read = co_await read_response(*opened.stream, id, options.limits);
  opened.stream->discard();
  const bool found = read.message && read.message->message.kind == Message::Kind::result &&
                     result_type(read.message->message.result) == ResultType::complete;
  co_return found ? std::move(read.message) : std::nullopt;
}

/// Tells the session's store of a subscription that a backend agreed to, or that ended.
using Remember = std::function<void(SessionStore& store, Subscription subscription)>;

/// What subscribe and unsubscribe share; `remember` is called once the backend agreed.
Task<Outcome> relay_subscription(RouterAccess access, const ClientRequest& request, Reply& reply, Remember remember) {
  const auto uri = readable_uri(request.message);
  if (!uri) {
    co_return co_await refuse(request, reply, Reason::invalid_params, "params.uri must be a URI, a string");
  }
  Destination owner = co_await find_resource(access, request, *uri);
  if (!owner.backend) {
    co_return co_await refuse_unknown(request, reply, *uri);
  }
  bool agreed = false;
  ResultHook hook;
  hook.on_result = [&agreed] { agreed = true; };
  std::string body = with_uri(request, *uri, owner.name);
  Outcome outcome = co_await relay(access, request, owner.backend, std::move(body), reply, std::move(hook));
  if (agreed) {
    SessionStore& store = access.calls.store;
    const BlockingThread before_remember(access.calls.backend.executor, store.blocks());
    co_await before_remember;
    remember(store, {owner.backend->name, owner.name});
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

Task<Destination> find_resource(RouterAccess access, const ClientRequest& request, std::string uri) {
  Destination found = known_resource(*request.routes, uri);
  if (!found.backend) {
    co_await gather_list(access, request, kServedResources);
    found = known_resource(*request.routes, uri);
  }
  if (!found.backend) {
    co_await gather_list(access, request, kServedTemplates);
    found = known_resource(*request.routes, uri);
  }
  co_return found;
}

Task<Outcome> read_resource(RouterAccess access, const ClientRequest& request, Reply& reply) {
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
  co_return co_await refuse_unknown(request, reply, *uri);
}

Task<Outcome> subscribe(RouterAccess access, const ClientRequest& request, Reply& reply) {
  const std::size_t max = request.routes->options().limits.max_subscriptions;
  if (request.session->subscriptions.size() >= max) {
    co_return co_await refuse(request, reply, Reason::too_many_subscriptions, {});
  }
  Remember remember = [&access, &request, max](SessionStore& store, Subscription made) {
    store.subscribe(request.session->id, std::move(made), max, access.calls.backend.executor.now());
  };
  co_return co_await relay_subscription(access, request, reply, std::move(remember));
}

Task<Outcome> unsubscribe(RouterAccess access, const ClientRequest& request, Reply& reply) {
  Remember remember = [&access, &request](SessionStore& store, const Subscription& ended) {
    store.unsubscribe(request.session->id, ended, access.calls.backend.executor.now());
  };
  co_return co_await relay_subscription(access, request, reply, std::move(remember));
}

}  // namespace mcprouter::detail
