#include "engine/httplib/queued_writer.hpp"

#include <utility>

namespace mcprouter::detail {
namespace {

// Small parts that wait together are written together, up to this many bytes.
constexpr std::size_t kWriteSize = 64u << 10;

}  // namespace

QueuedWriter::QueuedWriter(std::shared_ptr<StreamPlaces> places, std::size_t max_queued)
    : places_(std::move(places)), max_queued_(max_queued) {}

QueuedWriter::~QueuedWriter() = default;

void QueuedWriter::respond(Response response) {
  std::function<void(Event)> listener;  // let go of outside the lock
  MutexLock lock(mutex_);
  if (state_ != State::waiting) return;
  first_ = std::move(response);
  state_ = State::finished;
  take_listener(listener);
  changed_.notify_all();
}

void QueuedWriter::start(ResponseHead head) {
  std::function<void(Event)> listener;
  {
    MutexLock lock(mutex_);
    if (state_ != State::waiting) return;
    if (auto place = StreamPlaces::take(places_)) {
      first_ = Stream{std::move(head), std::move(place)};
      state_ = State::streaming;
    } else {
      first_ = Response{503, {{"Retry-After", "1"}, {"Content-Type", "text/plain"}}, "Too many streams\n"};
      state_ = State::closed;
      take_listener(listener);
    }
    changed_.notify_all();
  }
  if (listener) listener(Event::closed);
}

bool QueuedWriter::write(std::string_view chunk) {
  MutexLock lock(mutex_);
  if (state_ != State::streaming) return true;
  // An empty chunk would be the end of a chunked body.
  if (!chunk.empty()) {
    queue_.emplace_back(chunk);
    queued_ += chunk.size();
    changed_.notify_all();
  }
  full_ = queued_ > max_queued_;
  return !full_;
}

void QueuedWriter::finish() {
  std::function<void(Event)> listener;
  MutexLock lock(mutex_);
  if (state_ != State::streaming) return;
  state_ = State::finished;
  take_listener(listener);
  changed_.notify_all();
}

void QueuedWriter::abort() {
  std::function<void(Event)> listener;
  MutexLock lock(mutex_);
  if (state_ != State::streaming) return;
  state_ = State::aborted;
  take_listener(listener);
  changed_.notify_all();
}

void QueuedWriter::listen(std::function<void(Event)> listener) {
  {
    MutexLock lock(mutex_);
    if (state_ == State::waiting || state_ == State::streaming) {
      listener_.swap(listener);
      return;
    }
    if (state_ != State::closed) return;
  }
  // The client went before anybody listened.
  if (listener) listener(Event::closed);
}

QueuedWriter::First QueuedWriter::wait_first(std::chrono::milliseconds time) {
  const auto give_up = std::chrono::steady_clock::now() + time;
  MutexLock lock(mutex_);
  while (std::holds_alternative<std::monostate>(first_)) {
    if (changed_.wait_until(lock, give_up) == std::cv_status::timeout) break;
  }
  return std::exchange(first_, {});
}

QueuedWriter::Next QueuedWriter::wait_next(std::string& data, std::chrono::milliseconds time) {
  const auto give_up = std::chrono::steady_clock::now() + time;
  std::function<void(Event)> listener;
  Next next = Next::nothing;
  {
    MutexLock lock(mutex_);
    queued_ -= data.size();
    data.clear();
    if (full_ && queued_ <= max_queued_ / 2) {
      full_ = false;
      listener = listener_;
    }
    while (!listener && queue_.empty() && state_ == State::streaming) {
      if (changed_.wait_until(lock, give_up) == std::cv_status::timeout) break;
    }
    if (state_ == State::aborted || state_ == State::closed) {
      next = Next::aborted;
    } else if (!queue_.empty()) {
      next = Next::data;
      data = std::move(queue_.front());
      queue_.pop_front();
      while (!queue_.empty() && data.size() + queue_.front().size() <= kWriteSize) {
        data += queue_.front();
        queue_.pop_front();
      }
    } else if (state_ == State::finished) {
      next = Next::finished;
    }
  }
  if (listener) listener(Event::writable);
  return next;
}

void QueuedWriter::close() {
  std::function<void(Event)> listener;
  {
    MutexLock lock(mutex_);
    if (state_ != State::waiting && state_ != State::streaming) return;
    state_ = State::closed;
    queue_.clear();
    take_listener(listener);
  }
  if (listener) listener(Event::closed);
}

void QueuedWriter::take_listener(std::function<void(Event)>& listener) {
  listener.swap(listener_);
  listener_ = nullptr;
}

}  // namespace mcprouter::detail
