#include "backend/call.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;
using Acquired = BackendSessionManager::Acquired;

// Between attempts at a connection that is refused: doubled each time, up to the largest.
constexpr milliseconds kFirstBackoff{50};
constexpr milliseconds kLargestBackoff{1'000};

milliseconds since(TimePoint began, const Executor& executor) {
  return std::chrono::duration_cast<milliseconds>(executor.now() - began);
}

/// Asks a backend whether it still serves an upstream session, with a ping that does nothing. Servers of the official
/// TypeScript SDK that were restarted answer 400, not 404, to a session they do not know; a 400 may as well be about
/// the request itself. Only if the ping is refused alike is the session gone.
Task<bool> refuses_session(CallAccess access, const CallRequest& request, const UpstreamSession& upstream) {
  const ExchangeTimes times{request.times.connect, request.times.connect, request.times.connect};
  const std::string ping = request_message(quoted(random_id()), "ping", {});
  const auto stream = MessageStream::open(
      access.backend.client, access.backend.executor, access.backend.live,
      upstream_request(*request.backend, request.passed, {upstream.id, upstream.protocol_version}, ping, times),
      request.max_message);
  const std::optional<ResponseHead> head = co_await stream->head();
  stream->discard();
  co_return head && (head->status == 400 || head->status == 404);
}

/// One attempt: the upstream session, then the request. Sets `forgotten` when the backend no longer knows the session.
Task<OpenedCall> attempt(CallAccess access, const CallRequest& request, milliseconds left, bool& forgotten) {
  forgotten = false;
  OpenedCall opened;
  Callback<Acquired> acquiring([&](std::function<void(Acquired)> done) {
    access.upstreams.acquire(request.session, request.backend, request.passed, std::move(done));
  });
  Acquired acquired = co_await acquiring;
  if (!acquired.upstream) {
    opened.failure = {acquired.reason, acquired.failure, std::move(acquired.detail)};
    co_return opened;
  }
  opened.upstream = std::move(acquired.upstream);
  if (request.before_send) {
    Callback<bool> ready(request.before_send);
    co_await ready;
  }
  ExchangeTimes times = request.times;
  times.total = left;
  opened.stream = MessageStream::open(
      access.backend.client, access.backend.executor, access.backend.live,
      upstream_request(*request.backend, request.passed, {opened.upstream->id, opened.upstream->protocol_version},
                       request.body, times),
      request.max_message);
  if (request.stop) {
    interrupt_on(*request.stop, request.stop.get(), opened.stream);
  }
  const std::optional<ResponseHead> head = co_await opened.stream->head();
  if (head && head->status >= 200 && head->status < 300) {
    co_return opened;
  }
  if (head) {
    opened.failure = failure_of_status(head->status);
    opened.stream->discard();
    if (!opened.upstream->id.empty()) {
      forgotten = head->status == 404;
      if (head->status == 400) {
        forgotten = co_await refuses_session(access, request, *opened.upstream);
      }
    }
  } else {
    Incoming end = co_await opened.stream->next();
    opened.failure = failure_of(end.failure, std::move(end.detail));
  }
  opened.stream.reset();
  co_return opened;
}

}  // namespace

Task<OpenedCall> open_call(CallAccess access, CallRequest request) {
  Executor& executor = access.backend.executor;
  const TimePoint began = executor.now();
  milliseconds backoff = kFirstBackoff;
  bool recovered = false;
  while (true) {
    const milliseconds left = std::max(request.times.total - since(began, executor), milliseconds(1));
    bool forgotten = false;
    OpenedCall opened = co_await attempt(access, request, left, forgotten);
    if (opened.stream) {
      co_return opened;
    }
    if (forgotten && !recovered) {
      recovered = true;
      const BlockingThread before_forget(executor, access.store.blocks());
      co_await before_forget;
      access.upstreams.forget(request.session, opened.upstream);
      request.session = access.store.find(request.session->id, executor.now());
      if (request.session) {
        continue;
      }
      opened.failure = {Reason::session_not_found, HttpFailure::none, "the session has ended"};
      co_return opened;
    }
    const milliseconds retry_within = std::min(request.times.connect, request.times.total);
    if (opened.failure.failure != HttpFailure::not_sent || !request.retry_connect ||
        since(began, executor) + backoff >= retry_within || (request.stop && request.stop->stopped())) {
      co_return opened;
    }
    const Delay pause(executor, backoff);
    co_await pause;
    backoff = std::min(backoff * 2, kLargestBackoff);
  }
}

void interrupt_on(StopSignal& signal, const void* who, const std::shared_ptr<MessageStream>& stream) {
  signal.set(who, [weak = std::weak_ptr(stream)] {
    if (const auto open = weak.lock()) {
      open->interrupt(HttpFailure::cancelled, "nobody waits for it any more");
    }
  });
}

void post_message(BackendAccess access, const Backend& backend, const UpstreamSession& upstream, const Headers& passed,
                  std::string body, ExchangeTimes times, std::size_t max_message) {
  MessageStream::open(
      access.client, access.executor, access.live,
      upstream_request(backend, passed, {upstream.id, upstream.protocol_version}, std::move(body), times), max_message)
      ->discard();
}

}  // namespace mcprouter::detail
