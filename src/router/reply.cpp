#include "router/reply.hpp"

#include <coroutine>
#include <utility>

#include "protocol/sse.hpp"
#include "router/errors.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Lets a coroutine wait until the writer takes more. Thread-safe.
class StreamGate {
 public:
  void on_event(ResponseWriter::Event event) {
    std::coroutine_handle<> waiter;
    {
      MutexLock lock(mutex_);
      writable_ = true;
      closed_ = closed_ || event == ResponseWriter::Event::closed;
      waiter = std::exchange(waiter_, nullptr);
    }
    if (waiter) {
      waiter.resume();
    }
  }

  /// To be called before a write, so that an event that comes during it is not lost.
  void expect_event() {
    MutexLock lock(mutex_);
    writable_ = closed_;
  }

  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter) {
    MutexLock lock(mutex_);
    if (writable_) {
      return false;
    }
    waiter_ = awaiter;
    return true;
  }
  void await_resume() const noexcept {}

 private:
  Mutex mutex_;
  bool writable_ MCPROUTER_GUARDED_BY(mutex_) = true;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::coroutine_handle<> waiter_ MCPROUTER_GUARDED_BY(mutex_);
};

HttpReply::HttpReply(std::shared_ptr<ResponseWriter> writer, Accept accept)
    : writer_(std::move(writer)), accept_(accept) {}

HttpReply::~HttpReply() {
  if (ended_) {
    return;
  }
  try {
    if (gate_) {
      writer_->abort();
    } else {
      writer_->respond(refusal(Reason::internal_error));
    }
  } catch (...) {  // a writer that throws has nobody left to tell
  }
}

void HttpReply::add_header(std::string name, std::string value) { headers_.set(std::move(name), std::move(value)); }

Task<void> HttpReply::notify(std::string_view message) {
  if (!takes_streams()) {
    co_return;
  }
  if (!gate_) {
    start_stream();
  }
  co_await write_event(message);
}

Task<void> HttpReply::answer(std::string response) {
  if (!gate_ && accept_.json > 0 && accept_.json >= accept_.sse) {
    respond({200, {{"Content-Type", "application/json"}}, std::move(response)});
    co_return;
  }
  if (!gate_) {
    start_stream();
  }
  co_await write_event(response);
  finish_stream();
}

void HttpReply::respond(Response response) {
  ended_ = true;
  for (const HeaderField& field : headers_) {
    response.headers.add(field.name, field.value);
  }
  writer_->respond(std::move(response));
}

void HttpReply::finish_stream() {
  ended_ = true;
  writer_->finish();
}

void HttpReply::start_stream() {
  gate_ = std::make_shared<StreamGate>();
  writer_->listen([gate = gate_](ResponseWriter::Event event) { gate->on_event(event); });
  ResponseHead head{200, std::move(headers_)};
  head.headers.add("Content-Type", "text/event-stream");
  head.headers.add("Cache-Control", "no-cache");
  head.headers.add("X-Accel-Buffering", "no");  // a buffering proxy would hold back what streams are for (HTTP-14)
  writer_->start(std::move(head));
}

Task<void> HttpReply::write_event(std::string_view message) {
  const std::string event = sse_event(message);
  gate_->expect_event();
  if (!writer_->write(event)) {
    StreamGate& gate = *gate_;
    co_await gate;
  }
}

Task<void> BatchReply::notify(std::string_view message) { co_await whole_.notify(message); }

Task<void> BatchReply::answer(std::string response) {
  if (whole_.takes_streams()) {
    co_await whole_.notify(response);
    co_return;
  }
  array_ += array_.empty() ? '[' : ',';
  array_ += response;
}

Task<void> BatchReply::finish() {
  if (whole_.takes_streams()) {
    whole_.finish_stream();
    co_return;
  }
  array_ += ']';
  co_await whole_.answer(std::move(array_));
}

}  // namespace mcprouter::detail
