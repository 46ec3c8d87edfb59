#include "router/listen.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/listen_filter.hpp"
#include "router/client_listen.hpp"
#include "router/client_listens.hpp"
#include "router/failed_call.hpp"
#include "router/list.hpp"
#include "router/listen_feed.hpp"
#include "router/resource.hpp"

namespace mcprouter::detail {
namespace {

/// The client's request counts as long as this is there.
class Listening {
 public:
  Listening(ClientListens& listens, std::shared_ptr<ClientListen> listen)
      : listens_(listens), listen_(std::move(listen)) {}
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;
  ~Listening() { listens_.remove(listen_); }

 private:
  ClientListens& listens_;
  const std::shared_ptr<ClientListen> listen_;
};

/// Learns whose the resources are. The lists of the backends are asked for at most once, whoever is not known, and
/// waited for as long as `listen` has patience.
Task<void> learn_owners(const RouterAccess& access, const ClientRequest& request, const ClientListen& listen,
                        const std::vector<std::string>& uris) {
  const Routes& routes = *request.routes;
  const auto is_unknown = [&routes](const std::string& uri) { return !known_resource(routes, uri).backend; };
  if (std::any_of(uris.begin(), uris.end(), is_unknown)) {
    co_await gather_list(access, request, kServedResources, listen.patience());
  }
  if (listen.patience().count() > 0 && std::any_of(uris.begin(), uris.end(), is_unknown)) {
    co_await gather_list(access, request, kServedTemplates, listen.patience());
  }
}

}  // namespace

Task<Outcome> listen_for_changes(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const Limits& limits = request.routes->options().limits;
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
  co_await learn_owners(access, request, *listen, wanted.uris);
  ListenFeed feed(access, request, listen, std::move(wanted));
  co_await listen->serve(reply, feed);
  co_return Outcome{};
}

}  // namespace mcprouter::detail
