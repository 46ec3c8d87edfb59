#pragma once

#include <memory>
#include <vector>

#include "live/live_sessions.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/router.hpp"
#include "mcprouter/session_store.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The beginning and the end of the sessions in the store: makes room for new ones, and ends what the expired ones
/// have upstream.
///
/// Thread safety: thread-safe. A store that blocks is called on the caller's thread. Lifetime: shared; its timer holds
/// it weakly.
class SessionLife : public std::enable_shared_from_this<SessionLife> {
 public:
  /// `live` outlives it.
  SessionLife(const RouterParts& parts, LiveSessions& live) : parts_(parts), live_(live) {}

  /// Adds a session, after making room for it if need be.
  SessionStore::Created create(const SessionRecord& record);
  /// Ends what a session has upstream and on this node. Requires: it was taken out of the store.
  void end(const SessionPtr& session, Observer::SessionEnd why);
  /// Looks for expired sessions no more.
  void stop();

 private:
  void arm_sweep();
  void sweep();
  void end_expired();

  const RouterParts parts_;
  LiveSessions& live_;
  Mutex mutex_;
  bool stopped_ MCPROUTER_GUARDED_BY(mutex_) = false;
  Executor::TimerId sweep_timer_ MCPROUTER_GUARDED_BY(mutex_) = 0;
};

}  // namespace mcprouter::detail
