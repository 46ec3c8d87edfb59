#include "engine/asio/server_connection.hpp"

#include <algorithm>
#include <utility>

#include "engine/asio/head_text.hpp"

namespace mcprouter::detail {
namespace {

constexpr int kBadRequest = 400;
constexpr int kRequestTimeout = 408;
constexpr int kContentTooLarge = 413;
constexpr int kHeaderTooLarge = 431;
// How much a client may go on sending to a connection that we close.
constexpr std::size_t kLingerBytes = 8u << 20;

}  // namespace

ServerConnection::ServerConnection(std::shared_ptr<ServerHost> host, Loop& loop, int socket, SslPtr ssl,
                                   std::string peer)
    : host_(std::move(host)),
      loop_(loop),
      transport_(loop.readiness(), Readiness::Turn::requests, socket, std::move(ssl)),
      deadline_(loop.deadlines(), [this] { on_deadline(); }),
      peer_(std::move(peer)) {}

void ServerConnection::open() {
  host_->opened(loop_, shared_from_this());
  deadline_.set_after(host_->options.head_timeout);
  shake_hands();
}

void ServerConnection::close_if_idle() {
  if (phase_ == Phase::handshake || phase_ == Phase::head) close();
}

void ServerConnection::cut() {
  if (phase_ == Phase::answering && !ended_) {
    gone();
  } else {
    close();
  }
}

void ServerConnection::shake_hands() {
  if (phase_ == Phase::closed) return;
  const IoStatus status = transport_.handshake();
  if (status == IoStatus::done) {
    phase_ = timed_ = Phase::head;
    wait_readable();
  } else if (status == IoStatus::wait_read || status == IoStatus::wait_write) {
    transport_.wait_to_read(status, [this] {
      const auto self = shared_from_this();
      shake_hands();
    });
  } else {
    close();
  }
}

void ServerConnection::wait_readable(IoStatus for_what) {
  const bool enough = phase_ == Phase::answering && input_.size() > host_->options.max_header_bytes;
  if (phase_ == Phase::closed || waits_for_input_ || input_ended_ || enough) return;
  waits_for_input_ = true;
  if (for_what == IoStatus::wait_read && transport_.holds_input()) {
    loop_.post([self = shared_from_this()] { self->on_readable(); });
  } else {
    transport_.wait_to_read(for_what, [this] {
      const auto self = shared_from_this();
      on_readable();
    });
  }
}

void ServerConnection::on_readable() {
  waits_for_input_ = false;
  if (phase_ == Phase::closed) return;
  const IoResult result = transport_.read(loop_.scratch());
  switch (result.status) {
    case IoStatus::done:
      on_input({loop_.scratch().data(), result.size});
      break;
    case IoStatus::end:
      on_input_end();
      break;
    case IoStatus::broken:
      gone();
      break;
    case IoStatus::wait_read:
    case IoStatus::wait_write:
      wait_readable(result.status);
      return;
  }
  wait_readable();
}

void ServerConnection::on_input(std::string_view data) {
  if (phase_ == Phase::answering) {
    input_.append(data);
  } else if (phase_ == Phase::lingering) {
    lingered_ += data.size();
    if (lingered_ > kLingerBytes) close();
  } else {
    feed(data);
  }
}

void ServerConnection::on_input_end() {
  input_ended_ = true;
  if (phase_ != Phase::answering) {
    close();
  } else if (listener_) {
    // It may only have closed its sending side, but who listens to events streams, and clients do not do that.
    gone();
  }
}

void ServerConnection::feed(std::string_view data) {
  std::string held;
  if (!input_.empty()) {
    input_.append(data);
    held = std::exchange(input_, {});
    data = held;
  }
  feeding_ = true;
  while (!data.empty() && (phase_ == Phase::head || phase_ == Phase::body)) {
    const std::size_t used = phase_ == Phase::head ? take_head(data) : take_body(data);
    if (used == 0) break;
    data.remove_prefix(used);
    if (phase_ == Phase::body && body_reader_.done()) dispatch();
  }
  feeding_ = false;
  if (phase_ == Phase::closed || phase_ == Phase::lingering) return;
  input_.assign(data);
  time_input();
  wait_readable();
}

void ServerConnection::time_input() {
  const bool incomplete = (phase_ == Phase::head && !input_.empty()) || phase_ == Phase::body;
  if (!incomplete || timed_ == phase_) return;
  timed_ = phase_;
  deadline_.set_after(phase_ == Phase::head ? host_->options.head_timeout : host_->options.body_timeout);
}

std::size_t ServerConnection::take_head(std::string_view data) {
  constexpr std::string_view kLineEnd = "\r\n";
  if (data.starts_with(kLineEnd)) return kLineEnd.size();  // RFC 9112 2.2
  const std::size_t size = head_size(data, std::exchange(searched_, data.size()));
  if (std::min(size, data.size()) > host_->options.max_header_bytes) {
    refuse(kHeaderTooLarge);
    return 0;
  }
  if (size == std::string_view::npos) {
    if (has_bare_line_feed(data)) refuse(kBadRequest);
    return 0;
  }
  searched_ = 0;
  head_ = parse_request(data.substr(0, size));
  to_head_ = head_.method == "HEAD";
  keep_alive_ = head_.keep_alive;
  if (head_.refusal != 0) {
    refuse(head_.refusal);
    return 0;
  }
  if (head_.body.kind == BodyLength::Kind::counted && head_.body.size > host_->options.max_body) {
    refuse(kContentTooLarge);
    return 0;
  }
  phase_ = Phase::body;
  body_reader_ = BodyReader(head_.body);
  if (head_.expects_continue && !body_reader_.done() && data.size() == size) {
    queue("HTTP/1.1 100 Continue\r\n\r\n");
    flush();
  }
  return size;
}

std::size_t ServerConnection::take_body(std::string_view data) {
  std::string_view left = data;
  while (!left.empty() && !body_reader_.done()) {
    const std::string_view piece = body_reader_.take(left);
    if (body_reader_.bad() || body_.size() + piece.size() > host_->options.max_body) {
      refuse(body_reader_.bad() ? kBadRequest : kContentTooLarge);
      return 0;
    }
    body_.append(piece);
  }
  return data.size() - left.size();
}

void ServerConnection::dispatch() {
  phase_ = Phase::answering;
  deadline_.clear();
  const std::string target = std::move(head_.target);
  Request request{std::move(head_.method), std::move(head_.headers), std::exchange(body_, {}), peer_};
  if (std::string_view(target).substr(0, target.find('?')) == host_->options.path) {
    host_->handler(std::move(request), answer_to_current());
  } else if (host_->other) {
    host_->other(target, std::move(request), answer_to_current());
  } else {
    send_whole(404, {{"Content-Type", "text/plain"}}, "Not Found\n");
  }
}

void ServerConnection::refuse(int status) {
  phase_ = Phase::answering;
  deadline_.clear();
  keep_alive_ = false;
  send_whole(status, {{"Content-Type", "text/plain"}}, std::string(reason_phrase(status)) + "\n");
}

void ServerConnection::on_deadline() {
  switch (phase_) {
    case Phase::head:
      if (input_.empty()) {
        close();
      } else {
        refuse(kRequestTimeout);
      }
      break;
    case Phase::body:
      refuse(kRequestTimeout);
      break;
    case Phase::answering:
      transport_.reset();
      gone();
      break;
    default:
      close();
      break;
  }
}

void ServerConnection::gone() {
  const bool untold = phase_ == Phase::answering && !ended_;
  const auto listener = std::exchange(listener_, nullptr);
  if (!shut()) return;
  if (untold && listener) listener(Event::closed);
  // Last: a server that stops waits for it, and the router may go then.
  host_->closed(loop_, shared_from_this());
}

void ServerConnection::gone_soon() {
  loop_.post([self = shared_from_this()] { self->gone(); });
}

void ServerConnection::close() {
  if (shut()) host_->closed(loop_, shared_from_this());
}

bool ServerConnection::shut() {
  if (phase_ == Phase::closed) return false;
  phase_ = Phase::closed;
  closed_ = true;
  deadline_.end();
  transport_.close();
  out_.clear();
  input_ = {};
  body_ = {};
  return true;
}

}  // namespace mcprouter::detail
