#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "live/audience.hpp"
#include "mcprouter/executor.hpp"
#include "protocol/listen_filter.hpp"
#include "router/reply.hpp"
#include "router/routes.hpp"
#include "support/mailbox.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class ListenFeed;

/// One `subscriptions/listen` of a modern client: the acknowledgement, then what all backends say together.
///
/// What comes before the acknowledgement waits for it (SUB-01). Of lists that change, each is told once in a while,
/// however many backends say so (TRAP-15); of a resource or task, the last that is said while the client is slow.
///
/// Thread safety: thread-safe. Lifetime: shared; its timers hold it weakly.
class ClientListen : public std::enable_shared_from_this<ClientListen> {
 public:
  /// `id` is the request's, as written. No more than `max_waiting` bytes wait for the client.
  ClientListen(Executor& executor, std::string id, std::size_t max_waiting)
      : executor_(executor), began_(executor.now()), id_(std::move(id)), max_waiting_(max_waiting) {}
  ClientListen(const ClientListen&) = delete;
  ClientListen& operator=(const ClientListen&) = delete;
  ~ClientListen() = default;

  void list_changed(const ListKind& kind);
  /// Tells of a resource that was updated, or of a task, named as the client does: the notification, a literal, and its
  /// params as the client is to get them.
  void tell(std::string_view method, const std::string& subject, std::string params);
  /// How much longer the acknowledgement may wait before backends are listened to at all.
  [[nodiscard]] std::chrono::milliseconds patience() const;
  /// One backend less to be waited for.
  void settled();
  /// The client went away.
  void leave();
  /// The router ends: so does this, in good order (SUB-07).
  void close();

  /// The configuration is this one now.
  void reload(RoutesPtr routes);

  /// Serves the client until it ends, or goes. What feeds it is waited for, for a while, before the acknowledgement.
  /// Nothing that the client did not ask for was given to this (SUB-04).
  Task<void> serve(Reply& reply, ListenFeed& feed);

 private:
  struct Update {
    std::string_view method;
    std::string subject;
    std::string params;
  };
  /// What there is to be done.
  struct Due {
    bool gone = false;
    bool cut = false;
    bool end = false;
    bool acknowledge = false;
    RoutesPtr routes;  ///< Those of a reload; null: there was none.
    std::array<bool, kListKinds.size()> lists{};
    std::vector<Update> updates;
  };

  Due take();
  /// What is not in the acknowledged `filter` is told to nobody (SUB-02).
  Task<void> pass(Reply& reply, Due due, const ListenFilter& filter);
  Task<void> notify(Reply& reply, std::string_view method, std::string_view params);
  void wake();
  void after(std::chrono::milliseconds delay, bool ClientListen::*flag);

  Executor& executor_;
  const TimePoint began_;
  const std::string id_;
  const std::size_t max_waiting_;
  Mailbox<bool> wakes_;

  Mutex mutex_;
  bool awake_ MCPROUTER_GUARDED_BY(mutex_) = false;  ///< A wake is on its way.
  bool gone_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool impatient_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool acknowledged_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool gathering_ MCPROUTER_GUARDED_BY(mutex_) = false;  ///< A change of a list waits for others.
  bool gathered_ MCPROUTER_GUARDED_BY(mutex_) = false;
  RoutesPtr routes_ MCPROUTER_GUARDED_BY(mutex_);
  bool too_slow_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::size_t settled_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::size_t backends_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::array<bool, kListKinds.size()> lists_ MCPROUTER_GUARDED_BY(mutex_){};
  std::vector<Update> updates_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t waiting_ MCPROUTER_GUARDED_BY(mutex_) = 0;  ///< Bytes of `updates_`.
};

}  // namespace mcprouter::detail
