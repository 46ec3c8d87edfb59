#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "mcprouter/backend.hpp"
#include "mcprouter/era.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/observer.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/session_store.hpp"

namespace mcprouter {

/// Upstream sessions: one per (frontend session, backend name, backend revision), made on first need.
///
/// What era a backend speaks is learnt before it is first used and remembered per (backend name, revision). A modern
/// backend has no sessions: all frontend sessions share one UpstreamSession without an id, which is in no store.
///
/// N first needs share one handshake (`initialize`, `notifications/initialized`).
/// A new upstream session gets what the frontend session had set at that backend, log level and subscriptions. One
/// whose handshake fails after the backend issued a session id, that finds its frontend session gone, or that loses to
/// another node, is ended with DELETE. The Router drives this class; a host wires it and drains it.
///
/// Thread safety: thread-safe; callbacks come on the thread that completed the I/O, or inside the call.
/// Lifetime: client, executor, store and observer outlive it; it outlives the Router. Destruction calls `drain` with a
/// short deadline.
class BackendSessionManager {
 public:
  struct Options {
    ServerInfo client_info;  ///< Who the router says it is to backends.
    Limits limits;
    Timeouts timeouts;
  };

  struct Acquired {
    UpstreamPtr upstream;                     ///< Null on failure.
    Reason reason = Reason::internal_error;   ///< On failure: `session_not_found` if the frontend session is gone.
    HttpFailure failure = HttpFailure::none;  ///< On failure: `not_sent` may be tried again.
    std::string detail;                       ///< On failure, for logs.
  };

  /// Throws ConfigError for a limit or timeout that is zero.
  BackendSessionManager(HttpClient& client, Executor& executor, SessionStore& store, Options options = {},
                        Observer* observer = nullptr);
  ~BackendSessionManager();
  BackendSessionManager(const BackendSessionManager&) = delete;
  BackendSessionManager& operator=(const BackendSessionManager&) = delete;

  /// What is known of a backend in its present revision.
  struct Known {
    std::shared_ptr<const std::string> capabilities;  ///< As it declared them last, JSON text; null: never reached.
    std::optional<TimePoint> failed;                  ///< When it last could not be reached, if not since.
    std::optional<Era> era;                           ///< Which era it speaks, if it was learnt or configured.
    std::shared_ptr<const std::string> instructions;  ///< As it gave them last; null: none.
  };

  /// Which era a backend speaks, or why that could not be learnt.
  struct LearntEra {
    std::optional<Era> era;
    Reason reason = Reason::internal_error;   ///< Without an era, as the two below.
    HttpFailure failure = HttpFailure::none;  ///< `not_sent` may be tried again.
    std::string detail;                       ///< For logs.
  };

  /// Finds or makes the upstream session of `session` at `backend`. `headers` are what the backend's rules let through
  /// of the client's request; they go with the handshake and with the teardown. Calls `done` exactly once. At a modern
  /// backend `session` may be a record that is in no store (its id empty); at a legacy one that fails.
  void acquire(SessionPtr session, BackendPtr backend, Headers headers, std::function<void(Acquired)> done);

  /// Learns which era a backend speaks, unless it is known or configured: asks it, once for all who ask at the same
  /// time (VER-13). `headers` as for `acquire`. Calls `done` exactly once, inside the call if it is known.
  void learn_era(BackendPtr backend, Headers headers, std::function<void(LearntEra)> done);

  [[nodiscard]] Known known(const Backend& backend);

  /// Who the router says it is to backends, and the bounds and times of what it does there.
  [[nodiscard]] const Options& options() const;

  /// Forgets an upstream session that the backend no longer knows, unless it was replaced already. The next `acquire`
  /// makes a new one. Forgets of a modern one that the backend is modern: the next `acquire` asks it again.
  void forget(const SessionPtr& session, const UpstreamPtr& upstream);

  /// Ends every upstream session of a frontend session that is over: DELETE in the background (SES-08), bounded in
  /// number per backend and in time. Returns at once.
  void end(const SessionPtr& session);

  /// Takes no new work but `end`, and waits until all teardowns are done. Blocks for `deadline` at most, then cancels
  /// the rest. Returns whether all were done.
  bool drain(std::chrono::milliseconds deadline);

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace mcprouter
