#include "engine/asio/connector.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "engine/dead_peer.hpp"

namespace mcprouter::detail {

namespace {

std::string cannot_connect(int error) { return "cannot connect: " + std::generic_category().message(error); }

}  // namespace

Connector::Connector(Loop& loop, LoopExecutor& executor, TlsClient& tls, Origin origin, Done done)
    : loop_(loop),
      executor_(executor),
      tls_(tls),
      origin_(std::move(origin)),
      done_(std::move(done)),
      deadline_(loop.deadlines(), [this] { on_deadline(); }) {}

void Connector::start(std::chrono::milliseconds timeout) {
  give_up_ = Clock::now() + timeout;
  boost::system::error_code no_address;
  const auto address = boost::asio::ip::make_address(origin_.host, no_address);
  if (!no_address) {
    endpoints_.emplace_back(address, origin_.port);
    try_next();
    return;
  }
  deadline_.set(give_up_);
  executor_.post_blocking([self = shared_from_this()] { self->look_up(); });
}

void Connector::look_up() {
  boost::system::error_code error;
  boost::asio::io_context context;
  Tcp::resolver resolver(context);
  const auto found =
      resolver.resolve(origin_.host, std::to_string(origin_.port), Tcp::resolver::numeric_service, error);
  std::vector<Tcp::endpoint> endpoints;
  for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  loop_.post([self = shared_from_this(), endpoints = std::move(endpoints)]() mutable {
    if (!self->done_ || self->finished_) return;
    if (endpoints.empty()) self->why_ = "the name has no address";
    self->endpoints_ = std::move(endpoints);
    self->try_next();
  });
}

void Connector::cancel() {
  done_ = nullptr;
  deadline_.end();
  if (transport_) transport_->close();
}

void Connector::try_next() {
  transport_.reset();
  if (next_ == endpoints_.size()) {
    finish(nullptr);
    return;
  }
  const auto left = static_cast<Clock::rep>(endpoints_.size() - next_);
  const TimePoint now = Clock::now();
  deadline_.set(now + (give_up_ - now) / left);
  why_ = "connecting took too long";
  const Tcp::endpoint& endpoint = endpoints_[next_++];
  const int socket = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  if (socket < 0) {
    fail_attempt(cannot_connect(errno));
    return;
  }
  notice_dead_peer(socket);
  const int refused = ::connect(socket, endpoint.data(), static_cast<socklen_t>(endpoint.size())) == 0 ? 0 : errno;
  SslPtr ssl = origin_.tls ? tls_.connect(socket, origin_.host) : nullptr;
  const bool no_tls = origin_.tls && !ssl;
  transport_ = std::make_unique<Transport>(loop_.readiness(), Readiness::Turn::answers, socket, std::move(ssl));
  if (refused != 0 && refused != EINPROGRESS) {
    fail_attempt(cannot_connect(refused));
  } else if (no_tls) {
    fail_attempt("no TLS");
  } else {
    transport_->wait_to_write(IoStatus::wait_write, [this] {
      const auto self = shared_from_this();
      on_connected();
    });
  }
}

void Connector::on_connected() {
  if (const int error = transport_->take_error(); error != 0) {
    fail_attempt(cannot_connect(error));
    return;
  }
  why_ = "the TLS handshake took too long";
  shake_hands();
}

void Connector::shake_hands() {
  const IoStatus status = transport_->handshake();
  if (status == IoStatus::done) {
    finish(std::move(transport_));
  } else if (status == IoStatus::wait_read || status == IoStatus::wait_write) {
    transport_->wait_to_read(status, [this] {
      const auto self = shared_from_this();
      shake_hands();
    });
  } else {
    fail_attempt("the TLS handshake failed");
  }
}

void Connector::fail_attempt(std::string why) {
  why_ = std::move(why);
  try_next();
}

void Connector::on_deadline() { try_next(); }

void Connector::finish(std::unique_ptr<Transport> transport) {
  finished_ = true;
  deadline_.end();
  loop_.post([self = shared_from_this(), transport = std::move(transport)]() mutable {
    if (const Done done = std::exchange(self->done_, nullptr)) done(std::move(transport), self->why_);
  });
}

}  // namespace mcprouter::detail
