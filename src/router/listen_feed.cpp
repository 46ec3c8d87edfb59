#include "router/listen_feed.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "catalog/uris.hpp"
#include "live/backend_listener.hpp"
#include "router/backend_hop.hpp"
#include "router/resource.hpp"
#include "router/served.hpp"
#include "router/task_id.hpp"

namespace mcprouter::detail {
namespace {

/// Whoever listens answers nothing and gets no log messages (SUB-05).
SessionPtr listening_client(const SessionRecord& client) {
  auto record = std::make_shared<SessionRecord>(client);
  record->client_capabilities = "{}";
  record->log_level.clear();
  return record;
}

/// Whether that very backend is still configured.
bool is_there(const Routes& routes, const Backend& backend) {
  const BackendPtr now = routes.backend(backend.name);
  return now && now->revision() == backend.revision();
}

}  // namespace

ListenFeed::ListenFeed(const RouterAccess& access, const ClientRequest& request, std::shared_ptr<ClientListen> listen,
                       ListenFilter wanted)
    : access_(access),
      listen_(std::move(listen)),
      wanted_(std::move(wanted)),
      record_(request.session),
      listening_record_(listening_client(*request.session)),
      headers_(request.headers),
      routes_(request.routes) {
  ThingsByBackend owners = things();
  for (const BackendPtr& backend : routes_->backends()) {
    listen_to(backend, std::move(owners[backend->name]), Reloaded::no);
  }
  poll_tasks();
}

ListenFeed::~ListenFeed() {
  for (const Source& source : sources_) {
    source.stop->stop();
  }
  for (const Polled& polled : polled_) {
    polled.stop->stop();
  }
}

std::size_t ListenFeed::size() const {
  const auto listened = std::count_if(sources_.begin(), sources_.end(), [](const Source& one) { return one.audience; });
  return static_cast<std::size_t>(listened) + polled_.size();
}

ListenFilter ListenFeed::granted() const {
  ListenFilter all;
  for (const Source& source : sources_) {
    if (source.audience) {
      source.audience->add_granted(all);
    }
  }
  for (const Polled& polled : polled_) {
    polled.task->add_granted(all);
  }
  return all;
}

void ListenFeed::follow(const RoutesPtr& now) {
  if (now == routes_) {
    return;
  }
  const RoutesPtr before = std::exchange(routes_, now);
  const bool renamed = now->prefixed() != before->prefixed();
  std::vector<BackendPtr> others;  // whose lists are others for the client
  ThingsByBackend owners = things();
  std::vector<Source> left = std::exchange(sources_, {});
  for (const BackendPtr& backend : now->backends()) {
    const auto same =
        std::find_if(left.begin(), left.end(), [&](const Source& one) { return one.backend->name == backend->name; });
    if (same != left.end() && !renamed && same->backend->revision() == backend->revision()) {
      sources_.push_back(std::move(*same));
      left.erase(same);
      continue;
    }
    listen_to(backend, std::move(owners[backend->name]), same == left.end() ? Reloaded::added : Reloaded::changed);
    if (renamed) {
      others.push_back(backend);
    }
  }
  for (const Source& source : left) {
    source.stop->stop();
    if (!now->backend(source.backend->name)) {
      others.push_back(source.backend);
    }
  }
  std::erase_if(polled_, [&now](const Polled& polled) {
    const bool stays = is_there(*now, *polled.backend);
    if (!stays) {
      polled.stop->stop();
    }
    return !stays;
  });
  for (const ListKind& kind : kListKinds) {
    if (wanted_.*kind.flag && any_has(access_.calls.upstreams, others, kind.list.capability)) {
      listen_->list_changed(kind);
    }
  }
}

/// What is wanted besides lists, at its owners.
ListenFeed::ThingsByBackend ListenFeed::things() const {
  ThingsByBackend owners;
  for (const std::string& uri : wanted_.uris) {
    Destination owner = known_resource(*routes_, uri);
    if (owner.backend && is_usable_uri(uri)) {
      owners[owner.backend->name].uris.push_back({uri, std::move(owner.name)});
    }
  }
  for (const std::string& id : wanted_.tasks) {
    auto owner = task_owner(access_.seal, Era::modern, record_->principal_key, id);
    if (owner && owner->session.empty()) {
      owners[owner->backend].tasks.push_back({id, std::move(owner->id)});
    }
  }
  return owners;
}

void ListenFeed::listen_to(const BackendPtr& backend, ListenedThings things, Reloaded reloaded) {
  auto client = std::make_shared<ListenAudience::Client>();
  client->routes = routes_;
  client->record = listening_record_;
  client->headers = headers_;
  client->wanted = wanted_;
  client->wanted.uris.clear();
  client->wanted.tasks.clear();
  ListenFilter wanted = client->wanted;
  for (const Listened& uri : things.uris) {
    wanted.uris.push_back(uri.own);
  }
  for (const Listened& task : things.tasks) {
    wanted.tasks.push_back(task.own);
  }
  Source source{backend, std::make_shared<StopSignal>(), nullptr};
  const auto capabilities = access_.calls.upstreams.known(*backend).capabilities;
  if (capabilities ? may_tell(*capabilities, wanted) : !wanted.empty()) {
    source.audience = std::make_shared<ListenAudience>(access_, std::move(client), listen_, backend, std::move(things));
    access_.background(listen_to_backend(source.audience, source.stop,
                                         backend_hop(access_, routes_, listening_record_, headers_, backend),
                                         access_.lists, reloaded));
  }
  sources_.push_back(std::move(source));
}

/// Of tasks at session-ful backends.
void ListenFeed::poll_tasks() {
  auto client = std::make_shared<PolledTask::Client>();
  client->routes = routes_;
  client->record = record_;
  client->headers = headers_;
  for (const std::string& id : wanted_.tasks) {
    auto owner = task_owner(access_.seal, Era::modern, record_->principal_key, id);
    const BackendPtr backend = owner && !owner->session.empty() ? routes_->backend(owner->backend) : nullptr;
    if (backend) {
      Polled polled{backend, std::make_shared<StopSignal>(),
                    std::make_shared<PolledTask>(access_, client, listen_, std::move(*owner), id)};
      access_.background(PolledTask::poll(polled.task, polled.stop));
      polled_.push_back(std::move(polled));
    }
  }
}

}  // namespace mcprouter::detail
