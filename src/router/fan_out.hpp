#pragma once

#include <memory>

#include "live/live_session.hpp"
#include "live/running_call.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// A client's request that several backends serve, while it runs: the client may cancel it by its id (CAN-03), and it
/// ends with the session. A modern client cancels by going away (CAN-01), for which its reply is watched.
class FanOut {
 public:
  FanOut(const RouterAccess& access, const ClientRequest& request, Reply& reply);
  ~FanOut();
  FanOut(const FanOut&) = delete;
  FanOut& operator=(const FanOut&) = delete;

  [[nodiscard]] StopSignal& stop() { return call_->stop; }
  /// Returns a signal that stops with this one, for one who works for the request. It may outlive the request.
  [[nodiscard]] std::shared_ptr<StopSignal> part();
  [[nodiscard]] bool ended() const { return call_->ended != RunningCall::Ended::no; }
  /// Ends the reply as what ended the request wants it. Requires: `ended`.
  Task<Outcome> end(const ClientRequest& request, Reply& reply);

 private:
  const std::shared_ptr<RunningCall> call_;
  std::shared_ptr<LiveSession> live_;
};

}  // namespace mcprouter::detail
