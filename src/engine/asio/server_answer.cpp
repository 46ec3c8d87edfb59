// The answering half of ServerConnection.

#include <array>
#include <charconv>
#include <utility>

#include "engine/asio/answer_writer.hpp"
#include "engine/asio/head_text.hpp"
#include "engine/asio/server_connection.hpp"
#include "support/recycled.hpp"

namespace mcprouter::detail {
namespace {

// How long a client may go on sending to a connection that we close.
constexpr std::chrono::milliseconds kLingerTime{2'000};

bool allows_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

std::shared_ptr<ResponseWriter> ServerConnection::answer_to_current() {
  return make_recycled<AnswerWriter>(shared_from_this());
}

void ServerConnection::respond(Response response) {
  if (phase_ == Phase::answering) send_whole(response.status, response.headers, std::move(response.body));
}

void ServerConnection::send_whole(int status, const Headers& headers, std::string body) {
  AnswerFraming framing = framing_now();
  if (allows_body(status)) {
    framing.body = AnswerFraming::Body::counted;
    framing.size = body.size();
  }
  queue(answer_head(status, headers, framing));
  if (allows_body(status) && !to_head_) queue(std::move(body));
  ended_ = true;
  flush();
}

AnswerFraming ServerConnection::framing_now() {
  keep_alive_ = keep_alive_ && !host_->is_stopping(loop_);
  AnswerFraming framing;
  framing.close = !keep_alive_;
  framing.keep_alive = !head_.is_1_1;
  return framing;
}

void ServerConnection::start(ResponseHead head) {
  if (phase_ != Phase::answering) return;
  without_body_ = to_head_ || !allows_body(head.status);
  // HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
  chunked_ = head_.is_1_1 && allows_body(head.status);
  if (!chunked_ && !without_body_) keep_alive_ = false;
  AnswerFraming framing = framing_now();
  framing.body = chunked_ ? AnswerFraming::Body::chunked : AnswerFraming::Body::none;
  queue(answer_head(head.status, head.headers, framing));
  flush_soon();
}

bool ServerConnection::count_in(std::size_t bytes) {
  const std::size_t waiting = waiting_.fetch_add(bytes) + bytes;
  if (waiting <= host_->options.write_buffer || closed_) return true;
  tell_writable_ = true;
  return false;
}

void ServerConnection::write(std::string_view chunk) {
  waiting_ -= chunk.size();
  if (phase_ != Phase::answering || without_body_) return;
  if (chunked_) {
    queue_chunk(chunk);
  } else {
    queue(std::string(chunk));
  }
  flush_soon();
}

void ServerConnection::queue(std::string part) {
  waiting_ += part.size();
  out_.push(std::move(part));
}

void ServerConnection::queue_chunk(std::string_view chunk) {
  constexpr std::string_view kLineEnd = "\r\n";
  std::array<char, 18> size;
  char* const end = std::to_chars(size.data(), size.data() + 16, chunk.size(), 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  const std::string_view line(size.data(), static_cast<std::size_t>(end + 2 - size.data()));
  waiting_ += line.size() + chunk.size() + kLineEnd.size();
  out_.append(line);
  out_.append(chunk);
  out_.append(kLineEnd);
}

void ServerConnection::finish() {
  if (phase_ != Phase::answering) return;
  if (chunked_ && !without_body_) queue("0\r\n\r\n");
  ended_ = true;
  flush();
}

void ServerConnection::abort() {
  if (phase_ != Phase::answering) return;
  std::size_t written = 0;
  if (!waits_for_room_) out_.flush(transport_, written);
  ended_ = true;
  transport_.reset();
  close();
}

void ServerConnection::listen(std::function<void(Event)> listener) {
  if (phase_ == Phase::closed) {
    loop_.post([listener = std::move(listener)] { listener(Event::closed); });
  } else if (phase_ == Phase::answering) {
    listener_ = std::move(listener);
    if (input_ended_) gone_soon();
  }
}

void ServerConnection::flush_soon() {
  if (std::exchange(flush_posted_, true)) return;
  // What is written in one go becomes one packet.
  loop_.post([self = shared_from_this()] {
    self->flush_posted_ = false;
    self->flush();
  });
}

void ServerConnection::flush() {
  if (waits_for_room_ || phase_ == Phase::closed) return;
  std::size_t written = 0;
  const IoStatus status = out_.flush(transport_, written);
  waiting_ -= written;
  if (status == IoStatus::broken) {
    gone_soon();
  } else if (status != IoStatus::done) {
    waits_for_room_ = true;
    if (phase_ == Phase::answering) deadline_.set_after(host_->options.write_timeout);
    transport_.wait_to_write(status, [this] {
      const auto self = shared_from_this();
      waits_for_room_ = false;
      flush();
    });
    tell_if_writable();
  } else if (phase_ == Phase::answering) {
    if (ended_) {
      end_answer();
    } else {
      deadline_.clear();
      tell_if_writable();
    }
  }
}

void ServerConnection::tell_if_writable() {
  if (ended_ || waiting_ > host_->options.write_buffer / 2 || !tell_writable_.exchange(false)) return;
  if (const auto listener = listener_) listener(Event::writable);
}

void ServerConnection::end_answer() {
  listener_ = nullptr;
  tell_writable_ = false;
  if (input_ended_) {
    close();
  } else if (keep_alive_ && !host_->is_stopping(loop_)) {
    next_request();
  } else {
    linger();
  }
}

void ServerConnection::next_request() {
  phase_ = Phase::head;
  timed_ = Phase::answering;
  ended_ = chunked_ = without_body_ = to_head_ = false;
  deadline_.set_after(host_->options.keep_alive);
  if (feeding_) return;
  if (!input_.empty()) {
    // Not from here: the router may be on the stack.
    loop_.post([self = shared_from_this()] {
      if (self->phase_ == Phase::head) self->feed({});
    });
  }
  wait_readable();
}

void ServerConnection::linger() {
  phase_ = Phase::lingering;
  transport_.end_writing();
  input_ = {};
  deadline_.set_after(kLingerTime);
  wait_readable();
}

}  // namespace mcprouter::detail
