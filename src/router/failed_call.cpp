#include "router/failed_call.hpp"

#include <utility>

#include "router/errors.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {

Task<Outcome> answer_failed(const RouterAccess& access, const ClientRequest& request, std::string backend,
                            UpstreamFailure failure, Reply& reply) {
  observe(access.observer, [&](Observer& o) { o.backend_failed(backend, failure.reason, failure.detail); });
  std::string failed = error_reply(request.message.id, failure.reason, {{}, backend});
  co_await reply.answer(std::move(failed));
  co_return Outcome{std::move(backend), info(failure.reason).name};
}

}  // namespace mcprouter::detail
