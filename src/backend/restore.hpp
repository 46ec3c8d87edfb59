#pragma once

#include <string>

#include "backend/handshake.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/session_store.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Tells a backend which log messages the session's client wants, if it sends any. Returns whether it agreed.
Task<bool> tell_log_level(BackendAccess access, BackendPtr backend, UpstreamPtr upstream, Headers passed,
                          std::string level, Limits limits, Timeouts timeouts);

/// Gives a new upstream session what the frontend session has set at that backend by `now`, log level and
/// subscriptions, where that is not what it had at `before`. What the backend refuses stays undone. Returns whether
/// there was anything.
Task<bool> restore(BackendAccess access, SessionPtr before, SessionPtr now, BackendPtr backend, UpstreamPtr upstream,
                   Headers passed, Limits limits, Timeouts timeouts);

}  // namespace mcprouter::detail
