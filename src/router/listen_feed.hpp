#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "live/session_listening.hpp"
#include "protocol/listen_filter.hpp"
#include "router/client_listen.hpp"
#include "router/client_request.hpp"
#include "router/listen_audience.hpp"
#include "router/polled_task.hpp"
#include "support/stop_signal.hpp"

namespace mcprouter::detail {

/// What feeds one `subscriptions/listen` of a modern client: the backends that have what it wants to hear of, and the
/// tasks that have to be asked for (requirements 4.7).
///
/// Thread safety: one thread at a time. Its end ends the listening.
class ListenFeed {
 public:
  /// Begins to listen. `wanted` is what the request asks for; whose its resources are should be known by now.
  ListenFeed(const RouterAccess& access, const ClientRequest& request, std::shared_ptr<ClientListen> listen,
             ListenFilter wanted);
  ListenFeed(const ListenFeed&) = delete;
  ListenFeed& operator=(const ListenFeed&) = delete;
  ~ListenFeed();

  /// How many will say that they are settled.
  [[nodiscard]] std::size_t size() const;
  /// What of the client's wishes they tell of, as far as that is known.
  [[nodiscard]] ListenFilter granted() const;
  /// Listens to the backends of these routes in place of those before, and tells of lists that are others by that.
  void follow(const RoutesPtr& now);

 private:
  struct Source {
    BackendPtr backend;
    std::shared_ptr<StopSignal> stop;
    std::shared_ptr<ListenAudience> audience;  ///< Null if it has nothing to tell.
  };
  struct Polled {
    BackendPtr backend;
    std::shared_ptr<StopSignal> stop;
    std::shared_ptr<PolledTask> task;
  };
  using ThingsByBackend = std::unordered_map<std::string, ListenedThings>;

  [[nodiscard]] ThingsByBackend things() const;
  void listen_to(const BackendPtr& backend, ListenedThings things, Reloaded reloaded);
  void poll_tasks();

  const RouterAccess& access_;
  const std::shared_ptr<ClientListen> listen_;
  const ListenFilter wanted_;
  const SessionPtr record_;  ///< The client's.
  const SessionPtr listening_record_;
  const Headers headers_;
  RoutesPtr routes_;
  std::vector<Source> sources_;
  std::vector<Polled> polled_;
};

}  // namespace mcprouter::detail
