#include "backend/call.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "backend/relearn_tools.hpp"
#include "backend/reply_reader.hpp"
#include "protocol/envelope.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;
using Acquired = BackendSessionManager::Acquired;

// Between attempts at a connection that is refused: doubled each time, up to the largest.
constexpr milliseconds kFirstBackoff{50};
constexpr milliseconds kLargestBackoff{1'000};
// How often a message that has no answer is sent, if no connection can be made.
constexpr int kMaxPostings = 6;

milliseconds since(TimePoint began, const Executor& executor) {
  return std::chrono::duration_cast<milliseconds>(executor.now() - began);
}

/// Asks a backend whether it still serves an upstream session, with a ping that does nothing. Servers of the official
/// TypeScript SDK that were restarted answer 400, not 404, to a session they do not know; a 400 may as well be about
/// the request itself. Only if the ping is refused alike is the session gone.
Task<bool> refuses_session(const CallAccess& access, const CallRequest& request, const UpstreamSession& upstream) {
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

/// Why a backend did not run a request, where sending it again may help.
enum class Refusal {
  none,
  session,  ///< It no longer knows the upstream session.
  headers,  ///< It is modern, and the headers are not those that it wants (any more).
  version,  ///< It is modern, but not of our version (any more).
  era,      ///< This is not how a modern server answers.
};

bool is_modern(const UpstreamSession& upstream) { return upstream.protocol_version == modern_version; }

/// Reads a modern backend's answer with an error status. An error that answers the request, or may do so, is left in
/// the stream; `answered` says whether there is one.
Task<Refusal> read_refusal(MessageStream& stream, const CallRequest& request, int status, const Limits& limits,
                           bool& answered) {
  answered = false;
  Incoming incoming = co_await stream.next();
  if (incoming.kind == Incoming::Kind::failed) {
    co_return Refusal::none;
  }
  const bool may_be_legacy = status == 400 || status == 404 || status == 405;
  const auto outcome = read_message(incoming.text, limits);
  const auto* const message = std::get_if<Message>(&outcome);
  if (message == nullptr || message->kind != Message::Kind::error) {
    co_return may_be_legacy ? Refusal::era : Refusal::none;
  }
  const std::string_view code = member(message->error, "code").value_or("");
  if (code == kHeaderMismatch) {
    co_return Refusal::headers;
  }
  if (code == kUnsupportedVersion) {
    co_return Refusal::version;
  }
  if (!may_be_legacy) {
    co_return Refusal::none;
  }
  // A modern server echoes the id; one that has sessions could not place the request at all.
  const bool is_ours = same_id(message->id, read_envelope(request.body).id.value);
  answered = is_ours || message->id.empty();
  stream.put_back(std::move(incoming));
  co_return is_ours ? Refusal::none : Refusal::era;
}

bool calls_tool(const Envelope& envelope) { return string_value(envelope.method.value) == "tools/call"; }

ToolHeaders::Params annotated_params(const CallAccess& access, const CallRequest& request, std::uint64_t revision) {
  const Envelope envelope = read_envelope(request.body);
  const auto tool = calls_tool(envelope) ? string_value(envelope.routed.name.value) : std::nullopt;
  return tool ? access.tool_headers->find(request.backend->name, revision, *tool) : nullptr;
}

HttpRequest http_request(const CallAccess& access, const CallRequest& request, const UpstreamSession& upstream,
                         ExchangeTimes times) {
  if (!is_modern(upstream)) {
    return upstream_request(*request.backend, request.passed, {upstream.id, upstream.protocol_version}, request.body,
                            times);
  }
  const ClientMeta meta = request_meta(*request.session, access.upstreams.options().client_info, request.extensions);
  const ToolHeaders::Params annotated = annotated_params(access, request, upstream.revision);
  return modern_request(*request.backend, request.passed, request.body, meta, request.param_headers, annotated.get(),
                        times);
}

/// One attempt: the upstream session, then the request. If there is no answer, `refusal` says what may be done about
/// it.
Task<OpenedCall> attempt(const CallAccess& access, const CallRequest& request, TimePoint began, Refusal& refusal) {
  refusal = Refusal::none;
  OpenedCall opened;
  opened.upstream = request.upstream;
  if (!opened.upstream) {
    Callback<Acquired> acquiring([&](std::function<void(Acquired)> done) {
      access.upstreams.acquire(request.session, request.backend, request.passed, std::move(done));
    });
    Acquired acquired = co_await acquiring;
    if (!acquired.upstream) {
      opened.failure = {acquired.reason, acquired.failure, std::move(acquired.detail)};
      co_return opened;
    }
    opened.upstream = std::move(acquired.upstream);
  }
  const bool modern = is_modern(*opened.upstream);
  if (request.era && modern != (*request.era == Era::modern)) {
    opened.failure = {Reason::backend_unavailable, HttpFailure::none, "the backend speaks another era than before"};
    co_return opened;
  }
  bool wanted = true;
  if (request.before_send) {
    wanted = co_await request.before_send(opened.upstream);
  }
  if (!wanted || (request.stop && request.stop->stopped())) {
    opened.failure = {Reason::backend_unavailable, HttpFailure::not_sent, "nobody waits for it any more"};
    co_return opened;
  }
  ExchangeTimes times = request.times;
  times.total = std::max(request.times.total - since(began, access.backend.executor), milliseconds(1));
  opened.stream =
      MessageStream::open(access.backend.client, access.backend.executor, access.backend.live,
                          http_request(access, request, *opened.upstream, times), request.max_message,
                          modern ? MessageStream::ErrorBodies::read : MessageStream::ErrorBodies::skip, request.large);
  if (request.stop) {
    interrupt_on(*request.stop, request.stop.get(), opened.stream);
  }
  if (request.on_sent) {
    request.on_sent(opened.stream);
  }
  std::optional<ResponseHead> head = co_await opened.stream->head();
  if (!head && opened.stream->was_nudged()) {
    request.on_wait();
    head = co_await opened.stream->head();
  }
  if (head && head->status >= 200 && head->status < 300) {
    co_return opened;
  }
  if (head) {
    opened.failure = failure_of_status(head->status);
    if (modern) {
      bool answered = false;
      refusal =
          co_await read_refusal(*opened.stream, request, head->status, access.upstreams.options().limits, answered);
      if (answered) {
        co_return opened;
      }
      if (refusal == Refusal::headers || refusal == Refusal::version) {
        opened.failure = {Reason::backend_protocol_error, HttpFailure::none,
                          refusal == Refusal::headers ? "the backend refuses the headers (-32020)"
                                                      : "the backend refuses the protocol version (-32022)"};
      }
    }
    opened.stream->discard();
    if (!opened.upstream->id.empty()) {
      bool forgotten = head->status == 404;
      if (head->status == 400) {
        forgotten = co_await refuses_session(access, request, *opened.upstream);
      }
      refusal = forgotten ? Refusal::session : Refusal::none;
    }
  } else {
    Incoming end = co_await opened.stream->next();
    opened.failure = failure_of(end.failure, std::move(end.detail));
  }
  opened.stream.reset();
  co_return opened;
}

/// A message on its way to a backend.
struct Posting {
  Posting(BackendAccess its_access, HttpRequest its_request, std::size_t most,
          std::function<void(const UpstreamFailure&)> when_lost)
      : access(std::move(its_access)), request(std::move(its_request)), max_message(most), lost(std::move(when_lost)) {}

  BackendAccess access;
  const HttpRequest request;
  const std::size_t max_message;
  const std::function<void(const UpstreamFailure&)> lost;
  int sent = 0;
  milliseconds backoff = kFirstBackoff;
};

void post_again_later(std::shared_ptr<Posting> posting);

Task<void> post(std::shared_ptr<Posting> posting) {
  const BackendAccess& access = posting->access;
  ++posting->sent;
  const auto stream =
      MessageStream::open(access.client, access.executor, access.live, posting->request, posting->max_message);
  const std::optional<ResponseHead> head = co_await stream->head();
  if (head) {
    stream->discard();
    co_return;
  }
  Incoming end = co_await stream->next();
  if (end.failure != HttpFailure::not_sent) {
    co_return;
  }
  if (posting->sent < kMaxPostings) {
    post_again_later(std::move(posting));
  } else if (posting->lost) {
    posting->lost(failure_of(end.failure, std::move(end.detail)));
  }
}

void post_again_later(std::shared_ptr<Posting> posting) {
  const milliseconds delay = std::exchange(posting->backoff, std::min(posting->backoff * 2, kLargestBackoff));
  Executor& executor = posting->access.executor;
  // Nothing is sent for a router that is gone.
  std::weak_ptr<LiveStreams> live = std::exchange(posting->access.live, nullptr);
  executor.post_after(delay, [posting = std::move(posting), live = std::move(live)] {
    posting->access.live = live.lock();
    if (posting->access.live) {
      detach(post(posting));
    }
  });
}

}  // namespace

Task<ReadMessage> ask_alone(const CallAccess& access, CallRequest request, std::string id, const Limits& limits) {
  const BackendPtr backend = request.backend;
  const Headers passed = request.passed;
  const ExchangeTimes times = request.times;
  const OpenedCall opened = co_await open_call(access, std::move(request));
  ReadMessage read{std::nullopt, opened.failure};
  if (opened.stream) {
    const std::function<void(const Message&)> answer = [&](const Message& asked) {
      answer_alone(access.backend, *backend, *opened.upstream, passed, asked, times, limits.max_response);
    };
    read = co_await read_response(*opened.stream, id, limits, &answer);
    opened.stream->discard();
  }
  const bool was_left = read.failure.failure == HttpFailure::cancelled || read.failure.failure == HttpFailure::timeout;
  if (!read.message && was_left && opened.upstream) {
    post_message(access.backend, *backend, *opened.upstream, passed, cancelled_message(id, "Nobody waits for it."),
                 times, limits.max_response);
  }
  co_return read;
}

Task<OpenedCall> open_call(const CallAccess& access, CallRequest request) {
  Executor& executor = access.backend.executor;
  const TimePoint began = executor.now();
  milliseconds backoff = kFirstBackoff;
  bool recovered = false;
  bool asked_for_era = false;
  bool relearnt = false;
  while (true) {
    Refusal refusal = Refusal::none;
    OpenedCall opened = co_await attempt(access, request, began, refusal);
    request.upstream.reset();  // who tries again looks again
    if ((refusal == Refusal::version || refusal == Refusal::era) && !asked_for_era) {
      asked_for_era = true;
      if (opened.stream) {
        opened.stream->discard();
      }
      access.upstreams.forget(request.session, opened.upstream);
      access.tool_headers->forget(request.backend->name, opened.upstream->revision);
      continue;
    }
    if (opened.stream) {
      co_return opened;
    }
    if (refusal == Refusal::headers && !relearnt && calls_tool(read_envelope(request.body))) {
      relearnt = true;
      co_await relearn_tools(access, request);
      continue;
    }
    if (refusal == Refusal::session && !recovered) {
      recovered = true;
      const BlockingThread before_forget(executor, access.store.blocks());
      co_await before_forget;
      access.upstreams.forget(request.session, opened.upstream);
      request.session = access.store.find(request.session->id, executor.now());
      if (request.session) {
        access.lost->tell(opened.upstream->serial);
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
                  std::string body, ExchangeTimes times, std::size_t max_message,
                  std::function<void(const UpstreamFailure&)> lost) {
  if (!is_modern(upstream)) {
    HttpRequest request =
        upstream_request(backend, passed, {upstream.id, upstream.protocol_version}, std::move(body), times);
    detach(post(std::make_shared<Posting>(std::move(access), std::move(request), max_message, std::move(lost))));
  }
}

void answer_alone(BackendAccess access, const Backend& backend, const UpstreamSession& upstream, const Headers& passed,
                  const Message& request, ExchangeTimes times, std::size_t max_message) {
  constexpr int kMethodNotFound = -32601;
  std::string answer = request.method == "ping"
                           ? result_message(request.id, "{}")
                           : error_message(request.id, kMethodNotFound, "Nobody is there who could be asked.", {});
  post_message(std::move(access), backend, upstream, passed, std::move(answer), times, max_message);
}

Task<void> send_message(BackendAccess access, const Backend& backend, const UpstreamSession& upstream,
                        const Headers& passed, std::string body, ExchangeTimes times, std::size_t max_message) {
  if (!is_modern(upstream)) {
    HttpRequest request =
        upstream_request(backend, passed, {upstream.id, upstream.protocol_version}, std::move(body), times);
    auto posting = std::make_shared<Posting>(std::move(access), std::move(request), max_message, nullptr);
    co_await post(std::move(posting));
  }
}

}  // namespace mcprouter::detail
