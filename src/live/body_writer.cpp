#include "live/body_writer.hpp"

namespace mcprouter::detail {

void BodyWriter::start(ResponseHead head) {
  writer_->listen([weak = weak_from_this()](ResponseWriter::Event event) {
    if (const auto body = weak.lock()) {
      body->on_event(event);
    }
  });
  writer_->start(std::move(head));
}

void BodyWriter::write(std::string_view text) {
  {
    // Not `writable_ = more` after the write: an event that comes during it would be lost.
    MutexLock lock(mutex_);
    writable_ = false;
  }
  if (writer_->write(text)) {
    MutexLock lock(mutex_);
    writable_ = true;
  }
}

BodyWriter::TakenAwaiter BodyWriter::taken() { return TakenAwaiter(*this); }

void BodyWriter::on_event(ResponseWriter::Event event) {
  std::coroutine_handle<> waiter;
  {
    MutexLock lock(mutex_);
    writable_ = true;
    closed_ = closed_ || event == ResponseWriter::Event::closed;
    waiter = std::exchange(waiter_, nullptr);
  }
  if (event == ResponseWriter::Event::closed && gone_) {
    gone_();
  }
  if (waiter) {
    waiter.resume();
  }
}

bool BodyWriter::TakenAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  MutexLock lock(body_.mutex_);
  if (body_.writable_ || body_.closed_) {
    return false;
  }
  body_.waiter_ = awaiter;
  return true;
}

bool BodyWriter::TakenAwaiter::await_resume() {
  MutexLock lock(body_.mutex_);
  return !body_.closed_;
}

}  // namespace mcprouter::detail
