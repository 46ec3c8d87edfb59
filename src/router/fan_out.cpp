#include "router/fan_out.hpp"

#include <string>
#include <utility>

#include "router/errors.hpp"

namespace mcprouter::detail {

FanOut::FanOut(const RouterAccess& access, const ClientRequest& request, Reply& reply)
    : call_(std::make_shared<RunningCall>(std::string(request.message.id), std::string(), std::string())) {
  if (request.is_modern()) {
    reply.watch_client([call = std::weak_ptr(call_)] {
      if (const auto running = call.lock()) {
        running->end(RunningCall::Ended::cancelled);
      }
    });
    return;
  }
  live_ = access.live.get(*request.session, options_of(request.routes));
  if (live_) {
    live_->add_call(call_);
  }
}

FanOut::~FanOut() {
  if (live_) {
    live_->remove_call(call_);
  }
}

std::shared_ptr<StopSignal> FanOut::part() {
  auto part = std::make_shared<StopSignal>();
  call_->stop.set(part.get(), [part] { part->stop(); });
  return part;
}

Task<Outcome> FanOut::end(const ClientRequest& request, Reply& reply) {
  if (call_->ended == RunningCall::Ended::cancelled) {
    reply.give_up();
    co_return Outcome{{}, "cancelled"};
  }
  std::string gone = error_reply(request.message.id, Reason::session_not_found);
  co_await reply.answer(std::move(gone));
  co_return Outcome{{}, info(Reason::session_not_found).name};
}

}  // namespace mcprouter::detail
