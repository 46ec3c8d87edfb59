#include "live/call_listening.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "backend/message_stream.hpp"
#include "support/await.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;
// How long a call waits for the stream that is opened before it, as in backend_listener.
constexpr milliseconds kPatience{500};
// It ends with the calls, which are bounded themselves.
constexpr milliseconds kForever = std::chrono::hours(24 * 30);
constexpr milliseconds kLargestPause{30'000};

void call_all(const std::vector<std::function<void()>>& waiting) {
  for (const auto& ready : waiting) {
    ready();
  }
}

}  // namespace

bool CallListening::join(std::shared_ptr<RunningCall> call, Hear hear, std::function<void()> ready) {
  {
    MutexLock lock(mutex_);
    listeners_.push_back({std::move(call), std::move(hear)});
    if (!stream_) {
      stream_ = std::make_shared<StopSignal>();
      settled_ = false;
      waiting_.push_back(std::move(ready));
      return true;
    }
    if (!settled_) {
      waiting_.push_back(std::move(ready));
      return false;
    }
  }
  ready();
  return false;
}

void CallListening::leave(const std::shared_ptr<RunningCall>& call) {
  std::shared_ptr<StopSignal> last;
  std::vector<std::function<void()>> waiting;
  {
    MutexLock lock(mutex_);
    const auto left = std::remove_if(listeners_.begin(), listeners_.end(),
                                     [&](const Listener& listener) { return listener.call == call; });
    if (left == listeners_.end()) {
      return;
    }
    listeners_.erase(left, listeners_.end());
    if (!listeners_.empty()) {
      return;
    }
    last = std::move(stream_);
    stream_ = nullptr;
    waiting.swap(waiting_);
  }
  call_all(waiting);
  if (last) {
    last->stop();
  }
}

Task<void> CallListening::listen(std::shared_ptr<CallListening> self, BackendHop hop) {
  const std::shared_ptr<StopSignal> stop = self->stream();
  std::string last_event_id;
  milliseconds delay = hop.options->timeouts.stream_retry;
  bool go_on = stop != nullptr;
  while (go_on) {
    go_on = co_await self->read_stream(hop, stop, last_event_id);
    self->settle(stop);
    if (go_on) {
      co_await pause(hop.calls.backend.executor, delay, *stop, self.get());
      delay = std::min(delay * 2, kLargestPause);
      go_on = !stop->stopped();
    }
  }
  if (stop) {
    self->end(stop);
  }
}

/// Returns whether to try again.
Task<bool> CallListening::read_stream(const BackendHop& hop, const std::shared_ptr<StopSignal>& stop,
                                      std::string& last_event_id) {
  Executor& executor = hop.calls.backend.executor;
  const UpstreamIdentity identity{hop.upstream->id, hop.upstream->protocol_version};
  const ExchangeTimes times{hop.options->timeouts.connect, kForever, kForever};
  const auto stream = MessageStream::open(hop.calls.backend.client, executor, hop.calls.backend.live,
                                          upstream_listening(*hop.backend, hop.passed, identity, last_event_id, times),
                                          hop.options->limits.max_response);
  interrupt_on(*stop, this, stream);
  const Executor::TimerId patience =
      executor.post_after(kPatience, [self = shared_from_this(), stop] { self->settle(stop); });
  const std::optional<ResponseHead> head = co_await stream->head();
  executor.cancel(patience);
  const int status = head ? head->status : 0;
  const bool listens = status >= 200 && status < 300 && stream->is_event_stream();
  if (listens) {
    settle(stop);
  }
  while (listens) {
    ReadMessage read = co_await read_next(*stream, hop.options->limits);
    if (!read.message) {
      last_event_id = stream->resume_point().last_event_id;
      break;
    }
    if (read.message->message.kind == Message::Kind::request) {
      co_await pass(hop, std::move(read));
    }
  }
  stop->clear(this);
  stream->discard();
  // A server that has not noticed yet that the stream before is closed refuses another one.
  constexpr int kConflict = 409;
  co_return (listens || status == 0 || status == kConflict) && !stop->stopped();
}

std::shared_ptr<StopSignal> CallListening::stream() {
  MutexLock lock(mutex_);
  return stream_;
}

void CallListening::settle(const std::shared_ptr<StopSignal>& stream) {
  std::vector<std::function<void()>> waiting;
  {
    MutexLock lock(mutex_);
    if (stream_ != stream) {
      return;
    }
    settled_ = true;
    waiting.swap(waiting_);
  }
  call_all(waiting);
}

/// Whoever comes next opens another one.
void CallListening::end(const std::shared_ptr<StopSignal>& stream) {
  std::vector<std::function<void()>> waiting;
  {
    MutexLock lock(mutex_);
    if (stream_ != stream) {
      return;
    }
    stream_ = nullptr;
    waiting.swap(waiting_);
  }
  call_all(waiting);
}

Task<void> CallListening::pass(const BackendHop& hop, ReadMessage read) {
  const BackendMessage request = *read.message;
  if (request.message.method == "ping") {
    answer_alone(hop, request.message);
    co_return;
  }
  Hear hear;
  bool is_clear = true;
  {
    MutexLock lock(mutex_);
    is_clear = listeners_.size() < 2;
    if (!listeners_.empty() && is_clear) {
      hear = listeners_.front().hear;
    }
  }
  if (!is_clear) {
    refuse_request(hop, request.message, kInvalidParams, "It cannot be told which request this belongs to.");
    co_return;
  }
  Callback<bool> hearing([&](std::function<void(bool)> done) {
    if (!hear || !hear(std::move(read), done)) {
      done(false);
    }
  });
  const bool heard = co_await hearing;
  if (!heard) {
    refuse_request(hop, request.message, kInternalError, "The call is over.");
  }
}

}  // namespace mcprouter::detail
