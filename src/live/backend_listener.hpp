#pragma once

#include <memory>

#include "catalog/list_cache.hpp"
#include "live/audience.hpp"
#include "live/session_listening.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Listens to one backend for an audience until `stop`, reconnecting with growing pauses. At a legacy backend that is
/// the session's event stream, resumed with `Last-Event-ID`, over a new upstream session if the backend lost the old
/// one; one that offers no stream (405) is left alone (GET-02). At a modern backend it is a
/// `subscriptions/listen`.
///
/// What may have changed unheard is announced by list_changed: of a backend that goes away or comes back, and of a
/// modern one whose stream broke off (SUB-09). So is a backend that a reload added, and one that it changed if need be.
/// `hop.upstream` need not be set; `lists` outlives it.
Task<void> listen_to_backend(std::shared_ptr<Audience> audience, std::shared_ptr<StopSignal> stop, BackendHop hop,
                             ListCache& lists, Reloaded reloaded = Reloaded::no);

}  // namespace mcprouter::detail
