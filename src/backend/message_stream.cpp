#include "backend/message_stream.hpp"

#include <charconv>
#include <chrono>
#include <utility>
#include <vector>

#include "protocol/media.hpp"
#include "support/recycled.hpp"

namespace mcprouter::detail {
namespace {

// What may wait for the consumer before the backend is paused.
constexpr std::size_t kMaxWaitingMessages = 64;
constexpr std::size_t kMaxWaitingBytes = 256u << 10;
// Of an answer that is an error.
constexpr std::size_t kMaxErrorBody = 64u << 10;
// Backends end a stream right after the response; one that does not is cut off.
constexpr std::chrono::milliseconds kGraceAfterResponse{1'000};

bool is_success(int status) { return status >= 200 && status < 300; }

/// Returns how long a body is said to be, 0 if nothing is said.
std::size_t content_length(const ResponseHead& head) {
  const std::string_view text = head.headers.get("Content-Length");
  std::size_t length = 0;
  std::from_chars(text.data(), text.data() + text.size(), length);
  return length;
}

}  // namespace

std::shared_ptr<MessageStream> MessageStream::open(HttpClient& client, Executor& executor,
                                                   std::shared_ptr<LiveStreams> live, HttpRequest request,
                                                   std::size_t max_message, ErrorBodies error_bodies, Large large) {
  auto stream = make_recycled<MessageStream>(Private{}, executor, std::move(live), max_message, error_bodies, large);
  stream->exchange_ = client.exchange(std::move(request), stream);
  stream->live_entry_ = stream->live_->add(stream->exchange_);
  if (stream->live_entry_) {
    stream->exchange_->start();
  } else {
    stream->exchange_.reset();  // never started: it would keep the stream for ever
    stream->on_end({HttpFailure::cancelled, "shutting down"});
  }
  return stream;
}

MessageStream::MessageStream(Private, Executor& executor, std::shared_ptr<LiveStreams> live, std::size_t max_message,
                             ErrorBodies error_bodies, Large large)
    : executor_(executor),
      live_(std::move(live)),
      error_bodies_(error_bodies),
      sse_(max_message, kLargeMessage),
      assembly_(max_message, large) {}

MessageStream::HeadAwaiter MessageStream::head() { return HeadAwaiter(*this); }

MessageStream::NextAwaiter MessageStream::next() { return NextAwaiter(*this); }

void MessageStream::discard() {
  bool resume = false;
  {
    MutexLock lock(mutex_);
    if (discarded_) {
      return;
    }
    discarded_ = true;
    messages_.clear();
    waiting_bytes_ = 0;
    if (end_) {
      return;
    }
    resume = std::exchange(paused_, false);
  }
  const auto timer = executor_.post_after(kGraceAfterResponse, [weak = weak_from_this()] {
    if (const auto stream = weak.lock()) {
      stream->exchange_->cancel();
    }
  });
  bool ended = false;
  {
    MutexLock lock(mutex_);
    cut_off_ = timer;
    ended = end_.has_value();
  }
  if (ended) {
    executor_.cancel(timer);
  } else if (resume) {
    exchange_->resume();
  }
}

void MessageStream::interrupt(HttpFailure failure, std::string detail) {
  std::coroutine_handle<> waiter;
  {
    MutexLock lock(mutex_);
    if (end_ || discarded_) {
      return;
    }
    discarded_ = true;
    messages_.clear();
    waiting_bytes_ = 0;
    paused_ = false;
    end_ = HttpEnd{failure, std::move(detail)};
    waiter = take_waiter();
  }
  exchange_->cancel();
  if (waiter) {
    waiter.resume();
  }
}

void MessageStream::nudge() {
  std::coroutine_handle<> waiter;
  {
    MutexLock lock(mutex_);
    if (end_ || has_begun_) {
      return;
    }
    nudged_ = true;
    waiter = take_waiter();
  }
  if (waiter) {
    waiter.resume();
  }
}

bool MessageStream::was_nudged() {
  MutexLock lock(mutex_);
  return std::exchange(nudged_, false);
}

void MessageStream::put_back(Incoming incoming) {
  const Incoming::Kind kind = incoming.kind;
  if (kind != Incoming::Kind::message && kind != Incoming::Kind::part && kind != Incoming::Kind::last_part) {
    return;  // it comes again by itself
  }
  MutexLock lock(mutex_);
  waiting_bytes_ += incoming.text.size();
  messages_.push_front(std::move(incoming));
}

bool MessageStream::ready() {
  MutexLock lock(mutex_);
  return has_next();
}

MessageStream::ResumePoint MessageStream::resume_point() {
  MutexLock lock(mutex_);
  return resume_point_;
}

void MessageStream::continue_from(ResumePoint point) {
  MutexLock lock(mutex_);
  if (resume_point_.last_event_id.empty()) {
    resume_point_ = std::move(point);
  }
}

void MessageStream::on_head(ResponseHead head) {
  if (is_success(head.status)) {
    const std::string_view type = head.headers.get("Content-Type");
    form_ = is_sse(type) ? Form::sse : is_json(type) ? Form::json : Form::none;
    if (form_ == Form::json) {
      assembly_.expect(content_length(head));
    }
  } else if (error_bodies_ == ErrorBodies::read && is_json(head.headers.get("Content-Type"))) {
    form_ = Form::json;
    is_error_ = true;
  }
  std::coroutine_handle<> waiter;
  {
    MutexLock lock(mutex_);
    head_ = std::move(head);
    has_begun_ = true;
    waiter = take_waiter();
  }
  if (waiter) {
    waiter.resume();
  }
}

void MessageStream::on_body(std::string_view chunk) {
  if (form_ == Form::none) {
    return;
  }
  std::vector<Incoming> arrived;
  ResumePoint resume_point;
  bool fits = true;
  const auto take = [&](Incoming incoming) {
    if (incoming.kind == Incoming::Kind::too_large) {
      fits = false;
    } else if (fits) {
      arrived.push_back(std::move(incoming));
    }
  };
  if (form_ == Form::sse) {
    const bool readable = sse_.feed(chunk, [&](SseEvent event) {
      if (event.id) {
        resume_point.last_event_id = std::move(*event.id);
      }
      if (event.retry) {
        resume_point.retry = event.retry;
      }
      if (event.more) {
        if (auto part = assembly_.add(event.data)) {
          take(std::move(*part));
        }
        return;
      }
      // An event without data primes resumption and says nothing (SSE-01).
      if (!event.data.empty() || assembly_.begun()) {
        take(assembly_.end(std::move(event.data)));
      }
    });
    fits = fits && readable;
  } else if (is_error_ && (error_bytes_ += chunk.size()) > kMaxErrorBody) {
    form_ = Form::none;
    return;
  } else if (auto part = assembly_.add(chunk)) {
    take(std::move(*part));
  } else {
    return;
  }
  if (!fits) {
    form_ = Form::none;
  }

  std::coroutine_handle<> waiter;
  bool pause = false;
  {
    MutexLock lock(mutex_);
    if (discarded_) {
      return;
    }
    for (Incoming& incoming : arrived) {
      push(std::move(incoming));
    }
    if (!resume_point.last_event_id.empty()) {
      resume_point_.last_event_id = std::move(resume_point.last_event_id);
    }
    if (resume_point.retry) {
      resume_point_.retry = resume_point.retry;
    }
    too_large_ = !fits;
    if (fits && !paused_ && (messages_.size() > kMaxWaitingMessages || waiting_bytes_ > kMaxWaitingBytes)) {
      pause = paused_ = true;
    }
    waiter = take_waiter();
  }
  if (!fits) {
    exchange_->cancel();
  } else if (pause) {
    exchange_->pause();
  }
  if (waiter) {
    waiter.resume();
  }
}

void MessageStream::on_end(HttpEnd end) {
  if (const auto entry = std::exchange(live_entry_, std::nullopt)) {
    live_->remove(*entry);
  }
  std::coroutine_handle<> waiter;
  Executor::TimerId timer = 0;
  {
    MutexLock lock(mutex_);
    if (form_ == Form::json && end.failure == HttpFailure::none && !discarded_ && !too_large_) {
      push(assembly_.end({}));
    }
    if (!end_) {  // else it was interrupted
      end_ = std::move(end);
    }
    timer = std::exchange(cut_off_, 0);
    waiter = take_waiter();
  }
  if (timer != 0) {
    executor_.cancel(timer);
  }
  if (waiter) {
    waiter.resume();
  }
}

void MessageStream::push(Incoming incoming) {
  waiting_bytes_ += incoming.text.size();
  messages_.push_back(std::move(incoming));
}

bool MessageStream::has_next() const { return !messages_.empty() || too_large_ || end_.has_value(); }

Incoming MessageStream::take_next() {
  bool resume = false;
  Incoming incoming{Incoming::Kind::end, {}, HttpFailure::none, {}};
  {
    MutexLock lock(mutex_);
    if (!messages_.empty()) {
      incoming = std::move(messages_.front());
      messages_.pop_front();
      waiting_bytes_ -= incoming.text.size();
      resume = messages_.empty() && std::exchange(paused_, false);
    } else if (too_large_) {
      incoming.kind = Incoming::Kind::too_large;
    } else if (end_->failure != HttpFailure::none) {
      incoming.kind = Incoming::Kind::failed;
      incoming.failure = end_->failure;
      incoming.detail = end_->detail;
    }
  }
  if (resume) {
    exchange_->resume();
  }
  return incoming;
}

std::coroutine_handle<> MessageStream::take_waiter() {
  const bool ready = waiter_wants_head_ ? has_head() : has_next();
  return ready ? std::exchange(waiter_, nullptr) : nullptr;
}

bool MessageStream::HeadAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  MutexLock lock(stream_.mutex_);
  if (stream_.has_head()) {
    return false;
  }
  stream_.waiter_ = awaiter;
  stream_.waiter_wants_head_ = true;
  return true;
}

std::optional<ResponseHead> MessageStream::HeadAwaiter::await_resume() {
  MutexLock lock(stream_.mutex_);
  return std::exchange(stream_.head_, std::nullopt);
}

bool MessageStream::NextAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  MutexLock lock(stream_.mutex_);
  if (stream_.has_next()) {
    return false;
  }
  stream_.waiter_ = awaiter;
  stream_.waiter_wants_head_ = false;
  return true;
}

Incoming MessageStream::NextAwaiter::await_resume() { return stream_.take_next(); }

}  // namespace mcprouter::detail
