#include "live/call_listening.hpp"

#include <algorithm>
#include <utility>

#include "live/growing_pause.hpp"
#include "protocol/input_required.hpp"

namespace mcprouter::detail {
namespace {

constexpr int kInvalidParams = -32602;
constexpr int kInternalError = -32603;

void call_all(const std::vector<std::function<void()>>& waiting) {
  for (const auto& ready : waiting) {
    ready();
  }
}

}  // namespace

std::shared_ptr<StopSignal> CallListening::join(std::shared_ptr<RunningCall> call, Hear hear,
                                                std::function<void()> ready) {
  {
    MutexLock lock(mutex_);
    listeners_.push_back({std::move(call), std::move(hear)});
    if (!stream_) {
      stream_ = std::make_shared<StopSignal>();
      settled_ = false;
      waiting_.push_back(std::move(ready));
      return stream_;
    }
    if (!settled_) {
      waiting_.push_back(std::move(ready));
      return nullptr;
    }
  }
  ready();
  return nullptr;
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

Task<void> CallListening::listen(std::shared_ptr<CallListening> self, std::shared_ptr<StopSignal> stop,
                                 BackendHop hop) {
  GrowingPause pause(hop.options->timeouts.stream_retry);
  EventStream stream(hop, *stop, pause);
  bool go_on = !stop->stopped();
  while (go_on) {
    go_on = co_await self->read(stream, hop, stop);
    self->settle(stop);
    if (go_on) {
      co_await pause.take(hop.calls.backend.executor, *stop, self.get());
      go_on = !stop->stopped();
    }
  }
  self->end(stop);
}

/// Returns whether to try again.
Task<bool> CallListening::read(EventStream& stream, const BackendHop& hop, const std::shared_ptr<StopSignal>& stop) {
  stream.open([self = shared_from_this(), stop] { self->settle(stop); }, nullptr);
  const EventStream::Answer answer = co_await stream.answer();
  bool listens = answer == EventStream::Answer::open;
  if (listens) {
    settle(stop);
  }
  while (listens) {
    MessageStream::NextAwaiter next = stream.next();
    Incoming incoming = co_await next;
    ReadMessage read = stream.read(std::move(incoming));
    listens = read.message.has_value();
    if (listens && read.message->message.kind == Message::Kind::request) {
      pass(hop, std::move(read));
    } else if (listens && read.message->message.method == "notifications/cancelled") {
      take_back(read);
    }
  }
  // A call that finds the session lost goes on in another one.
  co_return answer != EventStream::Answer::not_offered && !stream.was_lost() && !stop->stopped();
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

void CallListening::pass(const BackendHop& hop, ReadMessage read) {
  const Message& request = read.message->message;
  if (request.method == "ping") {
    answer_alone(hop, request);
    return;
  }
  Hear hear;
  bool is_clear = true;
  bool has_room = true;
  {
    MutexLock lock(mutex_);
    is_clear = listeners_.size() < 2;
    if (!listeners_.empty() && is_clear) {
      hear = listeners_.front().hear;
    }
    has_room = waiting_requests_ < kMaxInputRequests;
    waiting_requests_ += is_clear && has_room ? 1 : 0;
  }
  if (!is_clear) {
    refuse_request(hop, request, kInvalidParams, "It cannot be told which request this belongs to.");
  } else if (!has_room) {
    refuse_request(hop, request, kInternalError, "Too many requests wait for the client.");
  } else {
    pass_to(hear, hop, std::move(read));
  }
}

/// Does not wait: a call whose client is away takes nothing until that comes back.
void CallListening::pass_to(const Hear& hear, const BackendHop& hop, ReadMessage read) {
  auto taken = [self = shared_from_this(), hop, message = *read.message](bool heard) {
    {
      MutexLock lock(self->mutex_);
      --self->waiting_requests_;
    }
    if (!heard) {
      refuse_request(hop, message.message, kInternalError, "The call is over.");
    }
  };
  if (!hear || !hear(std::move(read), taken)) {
    taken(false);
  }
}

void CallListening::take_back(const ReadMessage& read) {
  std::vector<Hear> all;
  {
    MutexLock lock(mutex_);
    for (const Listener& listener : listeners_) {
      all.push_back(listener.hear);
    }
  }
  for (const Hear& hear : all) {
    hear(read, [](bool) {});
  }
}

}  // namespace mcprouter::detail
