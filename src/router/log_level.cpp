#include "router/log_level.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "backend/header_rules.hpp"
#include "backend/restore.hpp"
#include "protocol/json_text.hpp"
#include "protocol/log_level.hpp"
#include "router/errors.hpp"
#include "router/failed_call.hpp"
#include "support/gather.hpp"

namespace mcprouter::detail {

Task<Outcome> set_log_level(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const Message& message = request.message;
  const auto text = message.params.empty() ? std::nullopt : member(message.params, "level");
  const auto level = text ? string_value(*text) : std::nullopt;
  if (!level || !is_log_level(*level)) {
    std::string refused = error_reply(
        message.id, Reason::invalid_params,
        {"params.level must be one of debug, info, notice, warning, error, critical, alert, emergency", {}});
    co_await reply.answer(std::move(refused));
    co_return Outcome{{}, info(Reason::invalid_params).name};
  }
  SessionStore& store = access.calls.store;
  Executor& executor = access.calls.backend.executor;
  const BlockingThread before_set(executor, store.blocks());
  co_await before_set;
  // Remembered first: a backend that joins between the two reads it from the session.
  store.set_log_level(request.session->id, *level, executor.now());
  const SessionPtr session = store.find(request.session->id, executor.now());
  const RouterOptions& options = request.routes->options();
  std::vector<Task<bool>> tellings;
  for (const UpstreamPtr& upstream : session ? session->upstreams : std::vector<UpstreamPtr>()) {
    const BackendPtr backend = request.routes->backend(upstream->backend);
    if (backend && backend->revision() == upstream->revision) {
      tellings.push_back(tell_log_level(access.calls.backend, backend, upstream,
                                        forwarded_headers(request.headers, backend->headers), *level, options.limits,
                                        options.timeouts));
    }
  }
  // The level holds for the session already, so the backends are told to the end: only the client stops waiting.
  co_await gather(executor, access.background, std::move(tellings), options.timeouts.list, &request.call->stop);
  if (request.has_ended()) {
    co_return co_await answer_ended(request, {}, reply);
  }
  std::string done = result_message(message.id, "{}");
  co_await reply.answer(std::move(done));
  co_return Outcome{};
}

}  // namespace mcprouter::detail
