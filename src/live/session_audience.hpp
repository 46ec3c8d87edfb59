#pragma once

#include <memory>
#include <string>
#include <vector>

#include "catalog/list_cache.hpp"
#include "live/from_backend.hpp"
#include "live/live_session.hpp"
#include "live/session_listening.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Listens to one backend for a client's session, until told to stop: what comes goes to the client's standalone
/// stream. A backend that lost the session, or that a reload changed, is announced by list_changed unless its lists are
/// known to be those that the client got. `hop.upstream` need not be set; `lists`
/// outlives it.
Task<void> listen_for_session(std::shared_ptr<LiveSession> live, ListenedBackend listened, BackendHop hop,
                              ListCache& lists);

}  // namespace mcprouter::detail
