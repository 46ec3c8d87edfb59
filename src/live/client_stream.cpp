#include "live/client_stream.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <utility>

#include "protocol/sse.hpp"

namespace mcprouter::detail {

ClientStream::ClientStream(Executor& executor, std::string id, Settings settings, std::shared_ptr<ReplayBudget> budget)
    : executor_(executor), id_(std::move(id)), settings_(settings), budget_(std::move(budget)) {
  if (settings_.primed) {
    const MutexLock lock(mutex_);
    push(fmt::format("id: {}.1\nretry: {}\ndata:\n\n", id_, settings_.retry.count()));
  }
}

ClientStream::~ClientStream() {
  const MutexLock lock(mutex_);
  while (first_ < end_number()) {
    pop();
  }
}

ClientStream::Attached ClientStream::attach(std::shared_ptr<ResponseWriter> writer, ResponseHead head,
                                            std::uint64_t after, std::function<void()> detached) {
  {
    MutexLock lock(mutex_);
    if (after + 1 < first_ || after >= end_number()) {
      return Attached::forgotten;
    }
    if (ended_ && after + 1 == end_number()) {
      return Attached::nothing_left;
    }
    const auto begin = events_.begin() + static_cast<std::ptrdiff_t>(forgotten_ + (after + 1 - first_));
    if (std::find(begin, events_.end(), nullptr) != events_.end()) {
      return Attached::forgotten;
    }
    detach();
    begun_ = true;
    writer_ = std::move(writer);
    head_ = std::move(head);
    on_detached_ = std::move(detached);
    next_ = after + 1;
    waiting_bytes_ = 0;
    for (std::uint64_t number = next_; number < end_number(); ++number) {
      waiting_bytes_ += event(number)->size();
    }
  }
  arm_keep_alive();
  flush();
  return Attached::yes;
}

bool ClientStream::attached() {
  MutexLock lock(mutex_);
  return writer_ != nullptr;
}

bool ClientStream::add(std::string_view message) {
  {
    MutexLock lock(mutex_);
    if (ended_) {
      return false;
    }
    if (!settings_.resumable && !writer_) {
      return true;  // nobody will ever ask for it
    }
    push(settings_.resumable ? sse_event(message, fmt::format("{}.{}", id_, end_number())) : sse_event(message));
    if (settings_.max_waiting > 0 && writer_ && !writable_ && waiting_bytes_ > settings_.max_waiting) {
      detach();
    }
  }
  flush();
  return true;
}

bool ClientStream::add_part(std::string_view part, bool last) {
  {
    MutexLock lock(mutex_);
    if (ended_) {
      return false;
    }
    std::string text;
    if (in_parts_ == InParts::no) {
      text = settings_.resumable ? fmt::format("id: {}.{}\ndata: ", id_, end_number()) : "data: ";
      push(Event());
      in_parts_ = writer_ ? InParts::open : InParts::lost;
    }
    const bool lost = in_parts_ == InParts::lost;
    if (last) {
      in_parts_ = lost ? InParts::no : InParts::complete;
    }
    if (lost) {
      return false;
    }
    text.append(part).append(last ? "\n\n" : "");
    waiting_bytes_ += text.size();
    parts_.push_back(std::make_shared<const std::string>(std::move(text)));
  }
  flush();
  return true;
}

void ClientStream::end() {
  {
    MutexLock lock(mutex_);
    ended_ = true;
  }
  flush();
}

bool ClientStream::ended() {
  MutexLock lock(mutex_);
  return ended_;
}

void ClientStream::cut() {
  {
    MutexLock lock(mutex_);
    detach();
  }
  flush();
}

ClientStream::DrainedAwaiter ClientStream::drained() { return DrainedAwaiter(*this); }

bool ClientStream::forget_oldest() {
  MutexLock lock(mutex_);
  if (!begun_ || first_ == end_number() || (writer_ && next_ == first_)) {
    return false;
  }
  pop();
  next_ = std::max(next_, first_);
  return true;
}

bool ClientStream::is_forgotten() {
  MutexLock lock(mutex_);
  return ended_ && !writer_ && first_ == end_number();
}

void ClientStream::push(std::string text) { push(std::make_shared<const std::string>(std::move(text))); }

void ClientStream::push(Event event) {
  const std::size_t size = event ? event->size() : 0;
  waiting_bytes_ += size;
  if (budget_) {
    budget_->bytes += size;
    budget_->events += 1;
  }
  events_.push_back(std::move(event));
}

void ClientStream::pop() {
  if (budget_) {
    const Event& oldest = event(first_);
    budget_->bytes -= oldest ? oldest->size() : 0;
    budget_->events -= 1;
  }
  events_[forgotten_++].reset();
  ++first_;
  // Erased many at a time: one by one, each would cost a move of all the others.
  if (forgotten_ > events_.size() / 2) {
    events_.erase(events_.begin(), events_.begin() + static_cast<std::ptrdiff_t>(std::exchange(forgotten_, 0)));
  }
}

void ClientStream::flush() {
  std::vector<std::function<void()>> to_tell;
  std::coroutine_handle<> waiter;
  {
    MutexLock lock(mutex_);
    if (flushing_) {
      return;
    }
    flushing_ = true;
    for (Step step = next_step(); step.kind != Step::Kind::none; step = next_step()) {
      lock.unlock();
      const bool takes_more = carry_out(step);
      lock.lock();
      // Only ever set here: an event may have come meanwhile.
      writable_ = writable_ || (takes_more && writer_ == step.writer);
    }
    flushing_ = false;
    to_tell.swap(to_tell_);
    if (is_drained()) {
      waiter = std::exchange(waiter_, nullptr);
    }
  }
  for (const auto& tell : to_tell) {
    tell();
  }
  if (waiter) {
    waiter.resume();
  }
}

ClientStream::Step ClientStream::next_step() {
  if (!given_up_.empty()) {
    Step step{Step::Kind::abort, std::move(given_up_.back()), {}, {}};
    given_up_.pop_back();
    return step;
  }
  if (!writer_) {
    return {};
  }
  if (head_) {
    return {Step::Kind::start, writer_, {}, std::exchange(head_, std::nullopt)};
  }
  if (!writable_) {
    return {};
  }
  if (next_ < end_number()) {
    Event text = event(next_);
    if (!text) {
      return part_step();
    }
    ++next_;
    waiting_bytes_ -= text->size();
    if (!settings_.resumable) {
      pop();
    }
    quiet_ = false;
    return write_step(std::move(text));
  }
  if (ended_) {
    Step step{Step::Kind::finish, writer_, {}, {}};
    detach();
    given_up_.clear();
    return step;
  }
  if (std::exchange(comment_due_, false)) {
    return write_step(std::make_shared<const std::string>(sse_comment()));
  }
  return {};
}

ClientStream::Step ClientStream::part_step() {
  if (!parts_.empty()) {
    Event part = std::move(parts_.front());
    parts_.erase(parts_.begin());
    waiting_bytes_ -= part->size();
    quiet_ = false;
    return write_step(std::move(part));
  }
  if (in_parts_ == InParts::open) {
    return {};
  }
  in_parts_ = InParts::no;
  ++next_;
  if (!settings_.resumable) {
    pop();
  }
  return next_step();
}

ClientStream::Step ClientStream::write_step(Event text) {
  writable_ = false;
  return {Step::Kind::write, writer_, std::move(text), {}};
}

bool ClientStream::carry_out(Step& step) {
  ResponseWriter& writer = *step.writer;
  switch (step.kind) {
    case Step::Kind::none:
      return false;
    case Step::Kind::abort:
      writer.abort();
      return false;
    case Step::Kind::start:
      writer.listen([weak = weak_from_this(), held = std::weak_ptr(step.writer)](ResponseWriter::Event event) {
        const auto stream = weak.lock();
        const auto connection = held.lock();
        if (stream && connection) {
          stream->on_event(connection, event);
        }
      });
      writer.start(std::move(*step.head));
      return true;
    case Step::Kind::write:
      return writer.write(*step.text);
    case Step::Kind::finish:
      writer.finish();
      return false;
  }
  return false;
}

void ClientStream::on_event(const std::shared_ptr<ResponseWriter>& writer, ResponseWriter::Event event) {
  {
    MutexLock lock(mutex_);
    if (writer_ != writer) {
      return;
    }
    if (event == ResponseWriter::Event::closed) {
      detach();
    } else {
      writable_ = !head_;
    }
  }
  flush();
}

void ClientStream::detach() {
  if (!writer_) {
    return;
  }
  given_up_.push_back(std::exchange(writer_, nullptr));
  head_.reset();
  writable_ = false;
  parts_.clear();
  if (in_parts_ == InParts::open) {
    in_parts_ = InParts::lost;
  } else if (in_parts_ == InParts::complete) {
    in_parts_ = InParts::no;
  }
  comment_due_ = false;
  if (on_detached_) {
    to_tell_.push_back(std::exchange(on_detached_, nullptr));
  }
  if (keep_alive_timer_ != 0) {
    executor_.cancel(std::exchange(keep_alive_timer_, 0));
  }
}

void ClientStream::arm_keep_alive() {
  const Executor::TimerId timer = executor_.post_after(settings_.keep_alive, [weak = weak_from_this()] {
    if (const auto stream = weak.lock()) {
      stream->keep_alive();
    }
  });
  Executor::TimerId unwanted = 0;
  {
    MutexLock lock(mutex_);
    unwanted = writer_ ? std::exchange(keep_alive_timer_, timer) : timer;
  }
  if (unwanted != 0) {
    executor_.cancel(unwanted);
  }
}

void ClientStream::keep_alive() {
  {
    MutexLock lock(mutex_);
    keep_alive_timer_ = 0;
    if (!writer_) {
      return;
    }
    comment_due_ = std::exchange(quiet_, true);
  }
  flush();
  arm_keep_alive();
}

bool ClientStream::DrainedAwaiter::await_suspend(std::coroutine_handle<> awaiter) {
  MutexLock lock(stream_.mutex_);
  if (stream_.is_drained() && !stream_.flushing_) {
    return false;
  }
  stream_.waiter_ = awaiter;
  return true;
}

EventId read_event_id(std::string_view text) {
  const std::size_t point = text.rfind('.');
  if (point == std::string_view::npos || point == 0) {
    return {};
  }
  const std::string_view digits = text.substr(point + 1);
  EventId id{text.substr(0, point), 0};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), id.number);
  return error == std::errc{} && end == digits.data() + digits.size() ? id : EventId{};
}

}  // namespace mcprouter::detail
