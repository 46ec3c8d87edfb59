#include "router/listen.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "catalog/uris.hpp"
#include "live/backend_listener.hpp"
#include "protocol/listen_filter.hpp"
#include "router/backend_hop.hpp"
#include "router/client_listen.hpp"
#include "router/client_listens.hpp"
#include "router/errors.hpp"
#include "router/list.hpp"
#include "router/listen_audience.hpp"
#include "router/polled_task.hpp"
#include "router/resource.hpp"
#include "router/task_id.hpp"

namespace mcprouter::detail {
namespace {

using ThingsByBackend = std::unordered_map<std::string, ListenedThings>;

/// Ends the listening when the client's request does.
class Listening {
 public:
  Listening(ClientListens& listens, std::shared_ptr<ClientListen> listen)
      : listens_(listens), listen_(std::move(listen)) {}
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() {
    listens_.remove(listen_);
    stop->stop();
  }

  const std::shared_ptr<StopSignal> stop = std::make_shared<StopSignal>();

 private:
  ClientListens& listens_;
  const std::shared_ptr<ClientListen> listen_;
};

Task<Outcome> refuse(const ClientRequest& request, Reply& reply, Reason reason, std::string_view problem) {
  std::string refused = error_reply(request.message.id, reason, {problem, {}});
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, info(reason).name};
}

/// Finds the owners of the resources. The lists of the backends are asked for at most once, whoever is not known, and
/// waited for as long as `listen` has patience.
Task<ThingsByBackend> owners_of(const RouterAccess& access, const ClientRequest& request, const ClientListen& listen,
                                std::vector<std::string> uris) {
  const Routes& routes = *request.routes;
  const auto is_unknown = [&routes](const std::string& uri) { return !known_resource(routes, uri).backend; };
  if (std::any_of(uris.begin(), uris.end(), is_unknown)) {
    co_await gather_list(access, request, kServedResources, listen.patience());
  }
  if (listen.patience().count() > 0 && std::any_of(uris.begin(), uris.end(), is_unknown)) {
    co_await gather_list(access, request, kServedTemplates, listen.patience());
  }
  ThingsByBackend owners;
  for (std::string& uri : uris) {
    Destination owner = known_resource(routes, uri);
    if (owner.backend && is_usable_uri(uri)) {
      owners[owner.backend->name].uris.push_back({std::move(uri), std::move(owner.name)});
    }
  }
  co_return owners;
}

using PolledTasks = std::vector<std::shared_ptr<PolledTask>>;

/// Adds the tasks at modern backends to what their owners are asked for. Returns those at others.
PolledTasks add_tasks(const RouterAccess& access, const ClientRequest& request,
                      const std::shared_ptr<ClientListen>& listen, std::vector<std::string> ids,
                      ThingsByBackend& owners) {
  auto client = std::make_shared<PolledTask::Client>();
  client->routes = request.routes;
  client->record = request.session;
  client->headers = request.headers;
  PolledTasks polled;
  for (std::string& id : ids) {
    auto owner = task_owner(access.seal, Era::modern, request.session->principal_key, id);
    if (!owner) {
      continue;
    }
    if (owner->session.empty()) {
      owners[owner->backend].tasks.push_back({std::move(id), std::move(owner->id)});
    } else {
      polled.push_back(std::make_shared<PolledTask>(access, client, listen, std::move(*owner), std::move(id)));
    }
  }
  return polled;
}

/// Whoever listens answers nothing and gets no log messages (SUB-05).
SessionPtr listening_client(const SessionRecord& client) {
  auto record = std::make_shared<SessionRecord>(client);
  record->client_capabilities = "{}";
  record->log_level.clear();
  return record;
}

/// Begins to listen to one backend; returns null if it has nothing to tell.
std::shared_ptr<ListenAudience> begin(const RouterAccess& access,
                                      const std::shared_ptr<const ListenAudience::Client>& client,
                                      const std::shared_ptr<ClientListen>& listen, const BackendPtr& backend,
                                      ListenedThings things) {
  ListenFilter wanted = client->wanted;
  for (const Listened& uri : things.uris) {
    wanted.uris.push_back(uri.own);
  }
  for (const Listened& task : things.tasks) {
    wanted.tasks.push_back(task.own);
  }
  const auto capabilities = access.calls.upstreams.known(*backend).capabilities;
  const bool tells = capabilities ? may_tell(*capabilities, wanted) : !wanted.empty();
  return tells ? std::make_shared<ListenAudience>(access, client, listen, backend, std::move(things)) : nullptr;
}

}  // namespace

Task<Outcome> listen_for_changes(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const RoutesPtr routes = request.routes;
  const Limits& limits = routes->options().limits;
  auto read = read_listen_filter(request.message.params, limits.max_subscriptions);
  if (const auto* problem = std::get_if<std::string>(&read)) {
    co_return co_await refuse(request, reply, Reason::invalid_params, *problem);
  }
  const auto listen = std::make_shared<ClientListen>(access.calls.backend.executor, std::string(request.message.id),
                                                     limits.max_stream_queue);
  const ClientListens::Added added = access.listens.add(listen, request.session->client_key, limits.max_listens);
  if (added != ClientListens::Added::yes) {
    const bool closed = added == ClientListens::Added::closed;
    co_return co_await refuse(request, reply, closed ? Reason::shutting_down : Reason::too_many_streams, {});
  }
  const Listening listening(access.listens, listen);
  reply.watch_client([listen] { listen->leave(); });
  reply.begin();

  ListenFilter wanted = std::move(std::get<ListenFilter>(read));
  std::vector<std::string> uris = std::exchange(wanted.uris, {});
  ThingsByBackend owners = co_await owners_of(access, request, *listen, std::move(uris));
  PolledTasks polled = add_tasks(access, request, listen, std::exchange(wanted.tasks, {}), owners);
  auto client = std::make_shared<ListenAudience::Client>();
  client->routes = routes;
  client->record = listening_client(*request.session);
  client->headers = request.headers;
  client->wanted = std::move(wanted);
  std::vector<std::shared_ptr<ListenAudience>> audiences;
  for (const BackendPtr& backend : routes->backends()) {
    auto audience = begin(access, client, listen, backend, std::move(owners[backend->name]));
    if (!audience) {
      continue;
    }
    audiences.push_back(audience);
    access.background(listen_to_backend(
        audience, listening.stop, backend_hop(access, routes, client->record, request.headers, backend), access.lists));
  }
  for (const auto& task : polled) {
    access.background(PolledTask::poll(task, listening.stop));
  }
  const std::size_t waited_for = audiences.size() + polled.size();
  auto granted = [audiences = std::move(audiences), polled = std::move(polled)] {
    ListenFilter all;
    for (const auto& audience : audiences) {
      audience->add_granted(all);
    }
    for (const auto& task : polled) {
      task->add_granted(all);
    }
    return all;
  };
  co_await listen->serve(reply, waited_for, std::move(granted));
  co_return Outcome{};
}

}  // namespace mcprouter::detail
