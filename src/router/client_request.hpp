#pragma once

#include <string>
#include <string_view>

#include "backend/call.hpp"
#include "catalog/list_cache.hpp"
#include "live/live_sessions.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/observer.hpp"
#include "protocol/message.hpp"
#include "router/routes.hpp"
#include "support/seal.hpp"

namespace mcprouter::detail {

/// What serving requests works with. All outlive what uses them.
struct RouterAccess {
  CallAccess calls;
  LiveSessions& live;
  const Seal& seal;  ///< For what clients are handed and bring back: cursors, ids of tasks.
  Observer* observer;
  std::shared_ptr<ListCache> lists = std::make_shared<ListCache>();
};

/// One JSON-RPC request of a client within a session. The views point into the HTTP request, which outlives it.
struct ClientRequest {
  RoutesPtr routes;
  SessionPtr session;
  const Headers& headers;  ///< Of the HTTP request.
  std::string_view text;   ///< The whole message.
  const Message& message;  ///< What it says.
};

/// How a request ended, for the Observer.
struct Outcome {
  std::string backend;             ///< Empty if the router answered by itself.
  std::string_view result = "ok";  ///< Or a reason's name.
};

}  // namespace mcprouter::detail
