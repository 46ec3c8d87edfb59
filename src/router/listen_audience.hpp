#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "live/audience.hpp"
#include "router/client_listen.hpp"
#include "router/client_request.hpp"
#include "router/reach.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A resource or task that a client listens for, at its owner.
struct Listened {
  std::string exposed;  ///< As the client names it.
  std::string own;      ///< As the backend does.
};
/// What a client listens for at one backend, besides lists.
struct ListenedThings {
  std::vector<Listened> uris;
  std::vector<Listened> tasks;
};

/// Hears one backend for one `subscriptions/listen` of a modern client. At a legacy backend that takes a session of its
/// own, and resources are subscribed to there.
class ListenAudience final : public Audience {
 public:
  /// What is listened for, and in whose name.
  struct Client {
    RoutesPtr routes;
    SessionPtr record;
    Headers headers;
    ListenFilter wanted;  ///< Of lists alone.
  };

  ListenAudience(const RouterAccess& access, std::shared_ptr<const Client> client, std::shared_ptr<ClientListen> listen,
                 BackendPtr backend, ListenedThings things)
      : access_(access),
        client_(std::move(client)),
        listen_(std::move(listen)),
        backend_(std::move(backend)),
        things_(std::move(things)) {}

  /// Adds what of the client's wishes this backend tells of, as far as that is known.
  void add_granted(ListenFilter& all);

  Task<Entered> enter(BackendHop& hop) override;
  [[nodiscard]] ListenFilter wanted(const BackendHop& hop) const override;
  [[nodiscard]] bool may_want_more() const override { return false; }
  void listens_with(const std::shared_ptr<ModernListening>&) override {}
  Task<void> opened(const BackendHop& hop) override;
  /// What was missed is not known: every list may be another.
  Task<void> moved(const BackendHop& hop) override;
  void granted(const ListenFilter& filter) override;
  void settled() override;
  void unsettled() override {}
  void hear(const BackendHop& hop, const BackendMessage& message) override;
  void list_changed(const ListKind& kind) override;

 private:
  Task<bool> subscribe(const BackendHop& hop, std::string uri);
  void hear_update(const Message& notification);
  void hear_task(const Message& notification);

  const RouterAccess& access_;
  const std::shared_ptr<const Client> client_;
  const std::shared_ptr<ClientListen> listen_;
  const BackendPtr backend_;
  const ListenedThings things_;
  Lease lease_;

  Mutex mutex_;
  bool is_settled_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool is_granted_ MCPROUTER_GUARDED_BY(mutex_) = false;
  ListenFilter granted_ MCPROUTER_GUARDED_BY(mutex_);  ///< As the backend names things.
};

/// Whether a backend with these capabilities may tell of something that is wanted.
[[nodiscard]] bool may_tell(std::string_view capabilities, const ListenFilter& wanted);

}  // namespace mcprouter::detail
