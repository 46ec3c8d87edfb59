#pragma once

#include <memory>

#include "live/from_backend.hpp"
#include "live/live_session.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Keeps the session's event stream at one backend open and hands what comes over it to the client's standalone
/// stream, until `stop`: reopened with growing pauses and `Last-Event-ID`, over a new upstream session if the backend
/// lost the old one. A backend that offers no stream (405) is left alone (GET-02).
///
/// A backend that goes away, comes back, or has other lists after it lost the session is announced by list_changed.
/// `hop.upstream` need not be set.
Task<void> listen_to_backend(std::shared_ptr<LiveSession> live, std::shared_ptr<StopSignal> stop, BackendHop hop);

}  // namespace mcprouter::detail
