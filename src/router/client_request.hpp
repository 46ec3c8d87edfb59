#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "backend/call.hpp"
#include "backend/single_flight.hpp"
#include "catalog/list_cache.hpp"
#include "live/live_sessions.hpp"
#include "live/running_call.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/observer.hpp"
#include "protocol/message.hpp"
#include "router/routes.hpp"
#include "support/seal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

class SessionLife;
class SuspendedCalls;
class AskingTasks;
class ClientListens;

/// What serving requests works with. All outlive what uses them.
struct RouterAccess {
  CallAccess calls;
  LiveSessions& live;
  const Seal& seal;  ///< For what clients are handed and bring back: cursors, ids of tasks, states of requests.
  ListCache& lists;
  SessionLife& life;
  SuspendedCalls& suspended;
  AskingTasks& asking;
  ClientListens& listens;
  SingleFlight<std::string>& raising;  ///< By session: who raises its log level now, to which.
  /// Runs what goes on without the request that began it; the router lives until it has ended.
  const std::function<void(Task<void>)>& background;
  Observer* observer;
};

/// One JSON-RPC request of a client. A modern one (since 2026-07-28) belongs to no session: its record says what the
/// request says of its client, has no id and is in no store. The views point into the HTTP request, which outlives it.
struct ClientRequest {
  RoutesPtr routes;
  SessionPtr session;
  const Headers& headers;  ///< Of the HTTP request.
  std::string_view text;   ///< The whole message.
  const Message& message;  ///< What it says.
  /// Of a modern client's call: which of the sessions that it opened it runs in (Affinity::handle); empty: none.
  std::string session_handle = {};
  /// What the client may cancel; null: there is no client.
  std::shared_ptr<RunningCall> call = {};
  /// What goes on in the session of a legacy client; null if the router shuts down.
  std::shared_ptr<LiveSession> live = {};
  FieldValues field_values = FieldValues::as_sent;  ///< How the values of `headers` are.
  bool log_level_is_known = true;  ///< Of a modern client: what its request names as log level is one, or nothing.

  [[nodiscard]] bool is_modern() const { return session->id.empty(); }
  /// Whether the client took it back, or its session is over: there is nothing left to do for it.
  [[nodiscard]] bool has_ended() const { return call && call->ended != RunningCall::Ended::no; }
};

/// How a request ended, for the Observer.
struct Outcome {
  std::string backend;             ///< Empty if the router answered by itself.
  std::string_view result = "ok";  ///< Or a reason's name.
};

}  // namespace mcprouter::detail
