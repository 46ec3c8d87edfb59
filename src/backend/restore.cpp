#include "backend/restore.hpp"

#include <fmt/format.h>

#include <algorithm>
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

/// Sends a request for each subscription at the backend that one has and the other has not. Returns whether there was
/// any. What is passed by reference outlives the call.
Task<bool> ask_for_others(const Target& target, std::string_view method, const SessionRecord& one,
                          const SessionRecord& other) {
  bool any = false;
  for (const Subscription& subscription : one.subscriptions) {
    const auto& others = other.subscriptions;
    if (subscription.backend == target.backend->name &&
        std::find(others.begin(), others.end(), subscription) == others.end()) {
      any = true;
      co_await ask(target, method, fmt::format(R"({{"uri":{}}})", quoted(subscription.uri)));
    }
  }
  co_return any;
}

}  // namespace

Task<bool> tell_log_level(BackendAccess access, BackendPtr backend, UpstreamPtr upstream, Headers passed,
                          std::string level, Limits limits, Timeouts timeouts) {
  const Target target{std::move(access), std::move(backend), std::move(upstream), std::move(passed), limits, timeouts};
  co_return co_await ask_for_level(target, std::move(level));
}

Task<bool> restore(BackendAccess access, SessionPtr before, SessionPtr now, BackendPtr backend, UpstreamPtr upstream,
                   Headers passed, Limits limits, Timeouts timeouts) {
  const Target target{std::move(access), std::move(backend), std::move(upstream), std::move(passed), limits, timeouts};
  bool news = before->log_level != now->log_level;
  if (news) {
    co_await ask_for_level(target, now->log_level);
  }
  const bool subscribed = co_await ask_for_others(target, "resources/subscribe", *now, *before);
  const bool unsubscribed = co_await ask_for_others(target, "resources/unsubscribe", *before, *now);
  co_return news || subscribed || unsubscribed;
}

}  // namespace mcprouter::detail
