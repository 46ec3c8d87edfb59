#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/executor.hpp"
#include "mcprouter/http.hpp"

namespace mcprouter {

/// The router's session at one backend, made for one frontend session. Immutable once made.
struct UpstreamSession {
  std::string backend;                              ///< Backend::name.
  std::uint64_t revision = 0;                       ///< Backend::revision() it was made with.
  std::uint64_t serial = 0;                         ///< Random; tells this one from a later one that replaced it.
  std::string id;                                   ///< The backend's `Mcp-Session-Id`; empty if it hands out none.
  std::string protocol_version;                     ///< As the backend answered.
  std::shared_ptr<const std::string> capabilities;  ///< The backend's, JSON text; shared between sessions. Not null.
  Headers headers;  ///< The client's headers it was made with, as the backend's rules let through; sent on teardown.
};

/// A resource whose changes a session's client asked to hear of with `resources/subscribe`.
struct Subscription {
  std::string backend;  ///< Backend::name of its owner.
  std::string uri;      ///< As the backend calls it.

  bool operator==(const Subscription&) const = default;
};

/// A frontend session: what any node needs to know to serve it. Plain data, immutable; a change makes a new record.
struct SessionRecord {
  std::string id;
  std::string principal_key;                                      ///< Principal::key() of who made it.
  std::string client_key;                                         ///< What `max_sessions_per_client` counts.
  std::string protocol_version;                                   ///< Negotiated with the client.
  std::string client_info;                                        ///< JSON text.
  std::string client_capabilities;                                ///< JSON text.
  std::vector<std::shared_ptr<const UpstreamSession>> upstreams;  ///< At most one per backend name.
  std::string log_level;                                          ///< Set by `logging/setLevel`; empty: never.
  std::vector<Subscription> subscriptions;                        ///< Each once, in the order they were made.

  /// Returns the upstream session at that backend in that revision, or nullptr.
  [[nodiscard]] std::shared_ptr<const UpstreamSession> upstream(std::string_view backend, std::uint64_t revision) const;
};

using SessionPtr = std::shared_ptr<const SessionRecord>;
using UpstreamPtr = std::shared_ptr<const UpstreamSession>;

struct SessionLimits {
  std::size_t max_sessions = 10'000;                                 ///< > 0.
  std::size_t max_sessions_per_client = 100;                         ///< > 0.
  std::chrono::milliseconds idle_timeout{std::chrono::minutes{30}};  ///< > 0; sliding.
};

/// Frontend sessions and their map backend -> upstream session.
///
/// Every function is atomic by itself. A session whose idle time has reached the timeout is gone for every function
/// but `take_expired`, which hands it out once so that its upstream sessions can be ended. `now` never goes back.
///
/// Thread safety: thread-safe. Called without any lock held.
/// Errors: a store that cannot reach its data answers as if the session were unknown; throws nothing.
class SessionStore {
 public:
  enum class Created { yes, id_taken, too_many_sessions, too_many_for_client };

  struct Put {
    enum class Outcome {
      stored,
      lost,  ///< Another one of the same backend and revision was there first: `other` is the winner.
      session_gone,
    } outcome;
    /// `lost`: the winner, to be used. `stored`: the one of another revision that was replaced, to be ended, or null.
    UpstreamPtr other;
  };

  enum class Subscribed { yes, too_many, session_gone };

  virtual ~SessionStore() = default;

  /// Adds a session, unless a limit is reached. Sessions that expired and were not taken yet still count: on refusal
  /// take them and try again.
  virtual Created create(SessionRecord record, TimePoint now) = 0;

  /// Finds a live session of that principal and begins its idle time anew. Another principal's session is as unknown
  /// as one that never was (SES-12), and is not touched.
  virtual SessionPtr find_and_touch(std::string_view id, std::string_view principal_key, TimePoint now) = 0;
  /// Finds a live session without touching it.
  virtual SessionPtr find(std::string_view id, TimePoint now) = 0;

  /// Keeps a live session from expiring until `release`; nests. Returns false if it is gone.
  virtual bool hold(std::string_view id, TimePoint now) = 0;
  /// Undoes one `hold` and begins the idle time anew. An id that is gone is ignored.
  virtual void release(std::string_view id, TimePoint now) = 0;

  /// Remembers an upstream session; the first writer wins.
  virtual Put put_backend(std::string_view id, UpstreamPtr upstream, TimePoint now) = 0;
  /// Forgets the upstream session at `backend` if it is still the one with that serial. Returns whether it was.
  virtual bool drop_backend(std::string_view id, std::string_view backend, std::uint64_t serial, TimePoint now) = 0;

  /// Remembers the level that the client set last. Returns false if the session is gone.
  virtual bool set_log_level(std::string_view id, std::string_view level, TimePoint now) = 0;
  /// Remembers a subscription, unless the session has `max` others already. One that is there is not added again.
  virtual Subscribed subscribe(std::string_view id, Subscription subscription, std::size_t max, TimePoint now) = 0;
  /// Forgets a subscription. One that is not there is ignored.
  virtual void unsubscribe(std::string_view id, const Subscription& subscription, TimePoint now) = 0;

  /// Takes a live session of that principal out and returns it, or nullptr.
  virtual SessionPtr remove(std::string_view id, std::string_view principal_key, TimePoint now) = 0;
  /// Takes out at most `max` sessions whose time is up. Cost does not depend on the number of live sessions.
  virtual std::vector<SessionPtr> take_expired(TimePoint now, std::size_t max) = 0;
  /// Takes out every session that does not outlive this process; a store shared by several nodes returns none.
  virtual std::vector<SessionPtr> take_all() = 0;

  /// Number of sessions, expired ones that were not taken included.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Whether calls may block on I/O; the router then calls from `Executor::post_blocking`.
  [[nodiscard]] virtual bool blocks() const { return false; }
};

/// Sessions in this process's memory.
///
/// Thread safety: thread-safe; 64 shards, no lock held across them.
/// Errors: the constructor and `set_limits` throw ConfigError for a limit that is zero.
/// Cost: a few hundred bytes a session plus its strings; no call depends on the number of sessions, `take_expired` is
/// O(what it returns), and a change to a record O(its upstream sessions and subscriptions).
class MemorySessionStore final : public SessionStore {
 public:
  explicit MemorySessionStore(SessionLimits limits = {});
  ~MemorySessionStore() override;

  /// Changes the limits; sessions over a lower limit stay until they end.
  void set_limits(SessionLimits limits);

  Created create(SessionRecord record, TimePoint now) override;
  SessionPtr find_and_touch(std::string_view id, std::string_view principal_key, TimePoint now) override;
  SessionPtr find(std::string_view id, TimePoint now) override;
  bool hold(std::string_view id, TimePoint now) override;
  void release(std::string_view id, TimePoint now) override;
  Put put_backend(std::string_view id, UpstreamPtr upstream, TimePoint now) override;
  bool drop_backend(std::string_view id, std::string_view backend, std::uint64_t serial, TimePoint now) override;
  bool set_log_level(std::string_view id, std::string_view level, TimePoint now) override;
  Subscribed subscribe(std::string_view id, Subscription subscription, std::size_t max, TimePoint now) override;
  void unsubscribe(std::string_view id, const Subscription& subscription, TimePoint now) override;
  SessionPtr remove(std::string_view id, std::string_view principal_key, TimePoint now) override;
  std::vector<SessionPtr> take_expired(TimePoint now, std::size_t max) override;
  std::vector<SessionPtr> take_all() override;
  [[nodiscard]] std::size_t size() const override;

  /// Number of sessions that count against `max_sessions_per_client` for that client.
  [[nodiscard]] std::size_t sessions_of_client(std::string_view client_key) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mcprouter
