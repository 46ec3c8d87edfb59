#pragma once

#include <memory>
#include <string>

#include "backend/live_streams.hpp"
#include "backend/upstream_http.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What exchanges with backends work with. Client and executor outlive what uses them.
struct BackendAccess {
  HttpClient& client;
  Executor& executor;
  std::shared_ptr<LiveStreams> live;
};

struct Handshake {
  /// On success the new session. On failure set only if the backend issued a session id, which is to be ended.
  std::shared_ptr<UpstreamSession> upstream;
  std::string instructions;  ///< Empty: none.
  bool ok = false;
  UpstreamFailure failure;
};

/// Opens a session at a backend: `initialize`, the version it answers adopted if we speak it,
/// `notifications/initialized` (INIT-01, INIT-03, VER-02). `capabilities` are what the session's client can do and the
/// router can carry. `access` and `options` outlive the call.
Task<Handshake> shake_hands(BackendAccess access, const BackendSessionManager::Options& options, BackendPtr backend,
                            Headers passed, std::string capabilities);

}  // namespace mcprouter::detail
