#include "backend/restore.hpp"

#include <fmt/format.h>

#include <utility>

#include "backend/call.hpp"
#include "backend/message_stream.hpp"
#include "backend/reply_reader.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

/// What the requests of one restoration have in common.
struct Target {
  BackendAccess access;
  BackendPtr backend;
  UpstreamPtr upstream;
  Headers passed;
  Limits limits;
  Timeouts timeouts;
};

/// Sends a request and returns whether a result came. `target` outlives the call.
Task<bool> ask(const Target& target, std::string_view method, std::string params) {
  const std::string id = quoted(random_id());
  const Timeouts& timeouts = target.timeouts;
  const auto stream = MessageStream::open(
      target.access.client, target.access.executor, target.access.live,
      upstream_request(*target.backend, target.passed, {target.upstream->id, target.upstream->protocol_version},
                       request_message(id, method, params), {timeouts.connect, timeouts.handshake, timeouts.handshake}),
      target.limits.max_response);
  const std::function<void(const Message&)> answer = [&target](const Message& asked) {
    answer_alone(target.access, *target.backend, *target.upstream, target.passed, asked,
                 {target.timeouts.connect, target.timeouts.handshake, target.timeouts.handshake},
                 target.limits.max_response);
  };
  const ReadMessage read = co_await read_response(*stream, id, target.limits, &answer);
  stream->discard();
  co_return read.message&& read.message->message.kind == Message::Kind::result;
}

Task<bool> ask_for_level(const Target& target, std::string level) {
  if (level.empty() || !has_capability(*target.upstream->capabilities, "logging")) {
    co_return false;
  }
  co_return co_await ask(target, "logging/setLevel", fmt::format(R"({{"level":{}}})", quoted(level)));
}

}  // namespace

Task<bool> tell_log_level(BackendAccess access, BackendPtr backend, UpstreamPtr upstream, Headers passed,
                          std::string level, Limits limits, Timeouts timeouts) {
  const Target target{std::move(access), std::move(backend), std::move(upstream), std::move(passed), limits, timeouts};
  co_return co_await ask_for_level(target, std::move(level));
}

Task<void> restore(BackendAccess access, SessionPtr session, BackendPtr backend, UpstreamPtr upstream, Headers passed,
                   Limits limits, Timeouts timeouts) {
  const Target target{std::move(access), std::move(backend), std::move(upstream), std::move(passed), limits, timeouts};
  co_await ask_for_level(target, session->log_level);
  for (const Subscription& subscription : session->subscriptions) {
    if (subscription.backend == target.backend->name) {
      co_await ask(target, "resources/subscribe", fmt::format(R"({{"uri":{}}})", quoted(subscription.uri)));
    }
  }
}

}  // namespace mcprouter::detail
