#include "router/listen_audience.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "backend/reply_reader.hpp"
#include "catalog/uris.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/discover.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "router/named_call.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

void add_granted_of(const std::vector<Listened>& things, const std::vector<std::string>& granted,
                    std::vector<std::string>& all) {
  for (const Listened& thing : things) {
    if (std::find(granted.begin(), granted.end(), thing.own) != granted.end()) {
      all.push_back(thing.exposed);
    }
  }
}

}  // namespace

void ListenAudience::add_granted(ListenFilter& all) {
  const auto capabilities = access_.calls.upstreams.known(*backend_).capabilities;
  MutexLock lock(mutex_);
  for (const ListKind& kind : kListKinds) {
    // That a backend comes is a change of the lists that it has; one that was never reached may have all.
    const bool may_come = !capabilities || has_capability(*capabilities, kind.list.capability);
    const bool tells = is_granted_ ? granted_.*kind.flag : may_come;
    all.*kind.flag = all.*kind.flag || (client_->wanted.*kind.flag && tells);
  }
  add_granted_of(things_.uris, granted_.uris, all.uris);
  add_granted_of(things_.tasks, granted_.tasks, all.tasks);
}

Task<Audience::Entered> ListenAudience::enter(BackendHop& hop) {
  SessionStore& store = access_.calls.store;
  Executor& executor = access_.calls.backend.executor;
  if (lease_.session() && !lease_.session()->id.empty()) {
    const BlockingThread before_find(executor, store.blocks());
    co_await before_find;
    SessionPtr session = store.find(lease_.session()->id, executor.now());
    if (!session) {
      co_return Entered::over;
    }
    hop.session = std::move(session);
    co_return Entered::yes;
  }
  const Message no_message{};
  const ClientRequest request{client_->routes, client_->record, client_->headers, {}, no_message};
  Reached reached = co_await reach_backend(access_, request, backend_, Use::listen);
  if (!reached.era) {
    co_return Entered::not_now;
  }
  lease_ = std::move(reached.lease);
  hop.session = lease_.session();
  co_return Entered::yes;
}

ListenFilter ListenAudience::wanted(const BackendHop& hop) const {
  ListenFilter filter;
  const std::string& capabilities = *hop.upstream->capabilities;
  for (const ListKind& kind : kListKinds) {
    filter.*kind.flag = client_->wanted.*kind.flag && has_capability(capabilities, kind.declared);
  }
  if (has_capability(capabilities, "resources.subscribe")) {
    for (const Listened& uri : things_.uris) {
      filter.uris.push_back(uri.own);
    }
  }
  if (has_tasks_extension(capabilities)) {
    for (const Listened& task : things_.tasks) {
      filter.tasks.push_back(task.own);
    }
  }
  return filter;
}

Task<void> ListenAudience::opened(const BackendHop& hop) {
  ListenFilter filter = wanted(hop);
  for (const ListKind& kind : kListKinds) {
    // What a backend with sessions does not tell of itself, that it goes away and comes back, is told here.
    filter.*kind.flag = client_->wanted.*kind.flag && has_capability(*hop.upstream->capabilities, kind.list.capability);
  }
  const std::vector<std::string> uris = std::exchange(filter.uris, {});
  const std::vector<Subscription>& present = hop.session->subscriptions;
  for (const std::string& uri : uris) {
    // Those were made again with the upstream session.
    bool agreed = std::find(present.begin(), present.end(), Subscription{backend_->name, uri}) != present.end();
    if (!agreed) {
      agreed = co_await subscribe(hop, uri);
    }
    if (agreed) {
      filter.uris.push_back(uri);
    }
  }
  granted(filter);
}

Task<void> ListenAudience::moved(const BackendHop&) {
  for (const ListKind& kind : kListKinds) {
    list_changed(kind);
  }
  co_return;
}

void ListenAudience::granted(const ListenFilter& filter) {
  MutexLock lock(mutex_);
  is_granted_ = true;
  granted_ = filter;
}

void ListenAudience::settled() {
  {
    MutexLock lock(mutex_);
    if (std::exchange(is_settled_, true)) {
      return;
    }
  }
  listen_->settled();
}

void ListenAudience::hear(const BackendHop& hop, const BackendMessage& message) {
  const Message& said = message.message;
  if (said.kind == Message::Kind::request) {
    answer_alone(hop, said);
  } else if (said.kind == Message::Kind::notification) {
    if (const ListKind* const kind = announced_list(said.method)) {
      list_changed(*kind);
    } else if (said.method == "notifications/resources/updated") {
      hear_update(said);
    } else if (said.method == "notifications/tasks") {
      hear_task(said);
    }
  }
}

void ListenAudience::list_changed(const ListKind& kind) {
  if (client_->wanted.*kind.flag) {
    listen_->list_changed(kind);
  }
}

/// Subscribes to a resource at a legacy backend, and has the upstream session remember it. Returns whether the backend
/// agreed.
Task<bool> ListenAudience::subscribe(const BackendHop& hop, std::string uri) {
  const Timeouts& timeouts = hop.options->timeouts;
  const std::string id = quoted(random_id());
  CallRequest call;
  call.session = hop.session;
  call.backend = hop.backend;
  call.body = request_message(id, "resources/subscribe", fmt::format(R"({{"uri":{}}})", quoted(uri)));
  call.passed = hop.passed;
  call.times = {timeouts.connect, timeouts.list, timeouts.list};
  call.retry_connect = false;
  call.max_message = hop.options->limits.max_response;
  const ReadMessage read = co_await ask_alone(hop.calls, std::move(call), id, hop.options->limits);
  if (!read.message || read.message->message.kind != Message::Kind::result) {
    co_return false;
  }
  SessionStore& store = access_.calls.store;
  Executor& executor = access_.calls.backend.executor;
  const BlockingThread before_remember(executor, store.blocks());
  co_await before_remember;
  Subscription made{backend_->name, std::move(uri)};
  store.subscribe(hop.session->id, std::move(made), hop.options->limits.max_subscriptions, executor.now());
  co_return true;
}

/// A resource may be told of by the URI of a part of it (TRAP-16).
void ListenAudience::hear_update(const Message& notification) {
  const auto uri = string_value(notification.uri);
  if (!uri || !is_usable_uri(*uri)) {
    return;
  }
  const Listened* whole = nullptr;
  for (const Listened& one : things_.uris) {
    if (uri->starts_with(one.own) && (whole == nullptr || whole->own.size() < one.own.size())) {
      whole = &one;
    }
  }
  if (whole == nullptr) {
    return;
  }
  const std::string exposed = whole->exposed + uri->substr(whole->own.size());
  listen_->tell("notifications/resources/updated", exposed,
                with_members(notification.params, {{"uri", quoted(exposed)}}));
}

/// What a task returned is in what is said of it.
void ListenAudience::hear_task(const Message& notification) {
  const auto own = string_value(notification.task_id);
  const auto task =
      std::find_if(things_.tasks.begin(), things_.tasks.end(), [&](const Listened& one) { return own == one.own; });
  if (task == things_.tasks.end()) {
    return;
  }
  std::string params = with_members(notification.params, {{"taskId", quoted(task->exposed)}});
  const Routes& routes = *client_->routes;
  if (routes.prefixed()) {
    if (auto linked = edit_text(params, {expose_links(routes, backend_->name, LinksIn::task)})) {
      params = std::move(*linked);
    }
  }
  listen_->tell("notifications/tasks", task->exposed, std::move(params));
}

bool may_tell(std::string_view capabilities, const ListenFilter& wanted) {
  const bool lists = std::any_of(kListKinds.begin(), kListKinds.end(), [&](const ListKind& kind) {
    return wanted.*kind.flag && has_capability(capabilities, kind.list.capability);
  });
  return lists || (!wanted.uris.empty() && has_capability(capabilities, "resources.subscribe")) ||
         (!wanted.tasks.empty() && has_tasks_extension(capabilities));
}

}  // namespace mcprouter::detail
