#pragma once

#include <memory>
#include <vector>

#include "mcprouter/backend.hpp"
#include "mcprouter/http.hpp"
#include "mcprouter/session_store.hpp"
#include "support/stop_signal.hpp"

namespace mcprouter::detail {

/// What a reload of the configuration did to a backend that is listened to.
enum class Reloaded { no, added, changed };

/// In whose name backends are listened to.
struct ListeningClient {
  SessionPtr session;
  Headers headers;  ///< What rules may let through of the GET that began it.
};

/// A backend that is listened to until `stop`.
struct ListenedBackend {
  BackendPtr backend;
  std::shared_ptr<StopSignal> stop;
  Reloaded reloaded = Reloaded::no;
};

/// All that feeds the standalone streams of one session.
struct SessionListening {
  ListeningClient client;
  std::vector<ListenedBackend> backends;
};

/// What becomes of it when the backends are others.
struct ListeningChange {
  ListeningClient client;
  std::vector<ListenedBackend> begun;  ///< To be listened to from now on.
  std::vector<BackendPtr> gone;        ///< In the configuration no longer.
};

}  // namespace mcprouter::detail
