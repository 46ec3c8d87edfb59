#include "router/failed_call.hpp"

#include <utility>

#include "router/errors.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {

Task<Outcome> answer_ended(const ClientRequest& request, std::string backend, Reply& reply) {
  if (request.call->is_cancelled()) {
    reply.give_up();
    co_return Outcome{std::move(backend), "cancelled"};
  }
  std::string gone = error_reply(request.message.id, Reason::session_not_found);
  co_await reply.answer(std::move(gone));
  co_return Outcome{std::move(backend), info(Reason::session_not_found).name};
}

Task<Outcome> refuse(const ClientRequest& request, Reply& reply, Reason reason, std::string_view problem) {
  std::string refused = error_reply(request.message.id, reason, {problem, {}});
  co_await reply.answer(std::move(refused));
  co_return Outcome{{}, info(reason).name};
}

Task<Outcome> answer_failed(const RouterAccess& access, const ClientRequest& request, std::string backend,
                            UpstreamFailure failure, Reply& reply) {
  if (request.call && request.call->is_cancelled()) {
    co_return co_await answer_ended(request, std::move(backend), reply);
  }
  observe(access.observer, [&](Observer& o) { o.backend_failed(backend, failure.reason, failure.detail); });
  std::string failed = error_reply(request.message.id, failure.reason, {{}, backend});
  co_await reply.answer(std::move(failed));
  co_return Outcome{std::move(backend), info(failure.reason).name};
}

}  // namespace mcprouter::detail
