#include "engine/asio/connector.hpp"

#include <utility>

#include "engine/dead_peer.hpp"

namespace mcprouter::detail {

using boost::system::error_code;

namespace {

/// After a wait to write, as connecting is one, Asio asks for room to write at every wait to read as well, and is woken
/// for it at once. A socket that it does not know yet is not.
Transport::Socket registered_anew(Transport::Socket socket) {
  error_code error;
  const auto protocol = socket.local_endpoint(error).protocol();
  const auto executor = socket.get_executor();
  if (error) return socket;
  const auto handle = socket.release(error);
  return error ? std::move(socket) : Transport::Socket(executor, protocol, handle);
}

}  // namespace

Connector::Connector(Loop& loop, TlsClient& tls, Origin origin, Done done)
    : loop_(loop),
      tls_(tls),
      origin_(std::move(origin)),
      done_(std::move(done)),
      resolver_(loop.context()),
      deadline_(loop.deadlines(), [this] { on_deadline(); }) {}

void Connector::start(std::chrono::milliseconds timeout) {
  give_up_ = Clock::now() + timeout;
  error_code no_address;
  const auto address = boost::asio::ip::make_address(origin_.host, no_address);
  if (!no_address) {
    endpoints_.emplace_back(address, origin_.port);
    try_next();
    return;
  }
  deadline_.set(give_up_);
  resolver_.async_resolve(origin_.host, std::to_string(origin_.port), Tcp::resolver::numeric_service,
                          [self = shared_from_this()](const error_code& error, const auto& found) {
                            if (!self->done_) return;
                            if (error) self->why_ = "the name has no address";
                            for (const auto& entry : found) self->endpoints_.push_back(entry.endpoint());
                            self->try_next();
                          });
}

void Connector::cancel() {
  ++attempt_;
  done_ = nullptr;
  deadline_.clear();
  resolver_.cancel();
  if (socket_) socket_->close();
  if (transport_) transport_->close();
}

void Connector::try_next() {
  transport_.reset();
  if (next_ == endpoints_.size()) {
    finish(std::nullopt);
    return;
  }
  const auto left = static_cast<Clock::rep>(endpoints_.size() - next_);
  const TimePoint now = Clock::now();
  deadline_.set(now + (give_up_ - now) / left);
  why_ = "connecting took too long";
  const Tcp::endpoint endpoint = endpoints_[next_++];
  socket_ = std::make_shared<Transport::Socket>(loop_.context());
  socket_->async_connect(endpoint,
                         [self = shared_from_this(), socket = socket_, attempt = ++attempt_](const error_code& error) {
                           if (attempt != self->attempt_) return;
                           self->socket_.reset();
                           if (error) {
                             self->fail_attempt("cannot connect: " + error.message());
                           } else {
                             self->on_connected(std::move(*socket));
                           }
                         });
}

void Connector::on_connected(Transport::Socket connected) {
  Transport::Socket socket = registered_anew(std::move(connected));
  notice_dead_peer(socket.native_handle());
  SslPtr ssl = origin_.tls ? tls_.connect(socket.native_handle(), origin_.host) : nullptr;
  if (origin_.tls && !ssl) {
    fail_attempt("no TLS");
    return;
  }
  transport_.emplace(std::move(socket), std::move(ssl));
  why_ = "the TLS handshake took too long";
  shake_hands();
}

void Connector::shake_hands() {
  const IoStatus status = transport_->handshake();
  if (status == IoStatus::done) {
    finish(std::move(transport_));
  } else if (status == IoStatus::wait_read || status == IoStatus::wait_write) {
    transport_->wait(status, [self = shared_from_this(), attempt = attempt_](const error_code& error) {
      if (attempt == self->attempt_ && !error) self->shake_hands();
    });
  } else {
    fail_attempt("the TLS handshake failed");
  }
}

void Connector::fail_attempt(std::string why) {
  why_ = std::move(why);
  try_next();
}

void Connector::on_deadline() {
  ++attempt_;
  resolver_.cancel();
  if (socket_) socket_->close();
  try_next();
}

void Connector::finish(std::optional<Transport> transport) {
  ++attempt_;
  deadline_.clear();
  loop_.post([self = shared_from_this(), transport = std::move(transport)]() mutable {
    if (const Done done = std::exchange(self->done_, nullptr)) done(std::move(transport), self->why_);
  });
}

}  // namespace mcprouter::detail
