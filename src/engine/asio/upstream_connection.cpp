#include "engine/asio/upstream_connection.hpp"

#include <algorithm>
#include <utility>

#include "engine/asio/head_text.hpp"
#include "engine/asio/loop_exchange.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t kMaxHead = 64u << 10;
constexpr int kSwitchingProtocols = 101;
constexpr int kFirstFinal = 200;
// A server that says how long it keeps a connection counts from another moment than we do.
constexpr std::chrono::seconds kKeepAliveMargin{1};
// A connection that is used again and again is not one that a backend closes for having been idle.
constexpr std::chrono::seconds kFresh{1};

}  // namespace

UpstreamConnection::UpstreamConnection(ClientLoop& client, Origin origin, std::unique_ptr<Transport> transport)
    : client_(client),
      origin_(std::move(origin)),
      transport_(std::move(transport)),
      deadline_(client.loop.deadlines(), [this] { on_deadline(); }) {}

void UpstreamConnection::run(std::shared_ptr<LoopExchange> exchange) {
  const Destination& destination = exchange->destination();
  HttpRequest& request = exchange->request();
  out_.push(request_head(request, destination.authority, destination.target));
  out_.push(std::move(request.body));
  // A stream may stay open for hours, and needs neither.
  request.headers = {};
  request.url = {};
  has_head_ = keep_alive_ = write_failed_ = false;
  searched_ = 0;
  exchange_ = std::move(exchange);
  flush();
  set_deadline();
  wait_readable();
}

void UpstreamConnection::flush() {
  last_byte_ = loop_time();
  std::size_t written = 0;
  const IoStatus status = out_.flush(*transport_, written);
  if (status == IoStatus::broken) {
    write_failed_ = true;  // The answer may be there all the same.
  } else if (status != IoStatus::done) {
    transport_->wait_to_write(status, [this] {
      const auto self = shared_from_this();
      if (exchange_) flush();
    });
  }
}

void UpstreamConnection::resume() {
  if (!exchange_ || waits_for_input_) return;
  last_byte_ = loop_time();
  set_deadline();
  wait_readable();
}

void UpstreamConnection::close() {
  exchange_.reset();
  deadline_.end();
  transport_->close();
}

void UpstreamConnection::rest(std::chrono::milliseconds time) {
  deadline_.set_after(time);
  wait_readable();
}

bool UpstreamConnection::is_usable() {
  if (!transport_->is_open()) return false;
  const bool is_fresh = reused_ && loop_time() - last_byte_ < kFresh;
  return (is_fresh && !transport_->holds_input()) || transport_->is_quiet();
}

void UpstreamConnection::wait_readable(IoStatus for_what) {
  if (waits_for_input_ || !transport_->is_open()) return;
  waits_for_input_ = true;
  if (for_what == IoStatus::wait_read && transport_->holds_input()) {
    client_.loop.post([self = shared_from_this()] { self->on_readable(); });
  } else {
    transport_->wait_to_read(for_what, [this] {
      const auto self = shared_from_this();
      on_readable();
    });
  }
}

void UpstreamConnection::on_readable() {
  waits_for_input_ = false;
  if (!transport_->is_open()) return;
  if (!exchange_) {
    on_rest_disturbed();
    return;
  }
  if (exchange_->is_paused()) return;  // resume() reads on
  auto& scratch = client_.loop.scratch();
  const IoResult result = transport_->read(scratch);
  switch (result.status) {
    case IoStatus::done:
      last_byte_ = loop_time();
      feed({scratch.data(), result.size});
      break;
    case IoStatus::end:
      on_input_end();
      break;
    case IoStatus::broken:
      fail(HttpFailure::broken, "the connection broke");
      break;
    case IoStatus::wait_read:
    case IoStatus::wait_write:
      wait_readable(result.status);
      return;
  }
  if (exchange_ && !exchange_->is_paused()) wait_readable();
}

void UpstreamConnection::on_rest_disturbed() {
  if (transport_->is_quiet()) {
    wait_readable();
    return;
  }
  close();
  client_.remove(*this);
}

void UpstreamConnection::on_input_end() {
  if (has_head_ && body_.ends_with_input()) {
    complete(false);
  } else {
    fail(HttpFailure::broken, "the connection ended before the answer");
  }
}

void UpstreamConnection::feed(std::string_view data) {
  std::string held;
  if (!head_.empty()) {
    head_.append(data);
    held = std::exchange(head_, {});
    data = held;
  }
  while (!data.empty()) {
    if (!has_head_) {
      if (!take_head(data)) return;
      if (!has_head_) continue;  // an interim one
    } else {
      const std::string_view piece = body_.take(data);
      if (body_.bad()) {
        fail(HttpFailure::broken, "bad chunks");
        return;
      }
      if (!piece.empty()) exchange_->on_body(piece);
    }
    if (body_.done()) {
      complete(keep_alive_ && data.empty() && out_.empty() && !write_failed_);
      return;
    }
  }
}

bool UpstreamConnection::take_head(std::string_view& data) {
  const std::size_t size = head_size(data, std::exchange(searched_, data.size()));
  if (std::min(size, data.size()) > kMaxHead) {
    fail(HttpFailure::broken, "the head of the answer is too large");
    return false;
  }
  if (size == std::string_view::npos) {
    if (has_bare_line_feed(data)) {
      fail(HttpFailure::broken, "the answer is no HTTP");
    } else {
      head_.assign(data);
    }
    return false;
  }
  searched_ = 0;
  auto head = parse_response(data.substr(0, size), exchange_->is_head_request());
  data.remove_prefix(size);
  if (!head || head->response.status == kSwitchingProtocols) {
    fail(HttpFailure::broken, "the answer is no HTTP");
    return false;
  }
  if (head->response.status < kFirstFinal) return true;
  has_head_ = true;
  keep_alive_ = head->keep_alive;
  may_rest_ = std::chrono::milliseconds::max();
  if (head->keep_alive_seconds) {
    may_rest_ = std::chrono::seconds(*head->keep_alive_seconds) - kKeepAliveMargin;
  }
  body_ = BodyReader(head->body);
  exchange_->on_head(std::move(head->response));
  return true;
}

void UpstreamConnection::complete(bool reusable) {
  // Back first, so that what the end leads to can use it.
  const auto exchange = std::exchange(exchange_, nullptr);
  reused_ = std::exchange(used_, true);
  if (reusable) {
    client_.put(shared_from_this(), may_rest_);
  } else {
    close();
  }
  exchange->end(HttpFailure::none, {});
}

void UpstreamConnection::fail(HttpFailure failure, std::string detail) {
  const auto exchange = std::exchange(exchange_, nullptr);
  close();
  if (exchange) exchange->end(failure, std::move(detail));
}

void UpstreamConnection::on_deadline() {
  if (!exchange_) {
    const auto self = shared_from_this();
    close();
    client_.remove(*this);
    return;
  }
  const TimePoint now = loop_time();
  if (now >= exchange_->total_due()) {
    fail(HttpFailure::timeout, "the answer took too long");
  } else if (!exchange_->is_paused() && now >= last_byte_ + exchange_->request().idle_timeout) {
    fail(HttpFailure::timeout, "the backend was silent for too long");
  } else {
    set_deadline();
  }
}

void UpstreamConnection::set_deadline() {
  TimePoint due = exchange_->total_due();
  if (!exchange_->is_paused()) due = std::min(due, last_byte_ + exchange_->request().idle_timeout);
  deadline_.set(due);
}

}  // namespace mcprouter::detail
