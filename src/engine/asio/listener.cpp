#include "engine/asio/listener.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "engine/asio/server_connection.hpp"
#include "engine/dead_peer.hpp"

namespace mcprouter::detail {
namespace {

using boost::asio::ip::tcp;

constexpr int kAcceptsAtOnce = 64;
// When the process has no descriptors left.
constexpr std::chrono::milliseconds kRetry{100};

}  // namespace

Listener::Listener(Loops& loops)
    : loops_(loops),
      acceptor_(loops.front()->context()),
      retry_(loops.front()->deadlines(), [this] { accept_again(); }) {}

tcp::endpoint Listener::look_up(Loop& loop, const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  tcp::resolver resolver(loop.context());
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error) throw std::runtime_error("cannot listen on " + host + ": " + error.message());
  return found.begin()->endpoint();
}

std::uint16_t Listener::start(const tcp::endpoint& endpoint, std::shared_ptr<ServerHost> host) {
  boost::system::error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.native_non_blocking(true, error);
  if (error) {
    stop();
    throw std::system_error(error.value(), std::system_category(), "cannot listen on " + host->options.host);
  }
  notice_dead_reader(acceptor_.native_handle(), host->options.write_timeout);
  host_ = std::move(host);
  wait();
  return acceptor_.local_endpoint().port();
}

void Listener::stop() {
  retry_.clear();
  boost::system::error_code ignored;
  acceptor_.close(ignored);
}

void Listener::accept_again() {
  if (!waiting_ && acceptor_.is_open()) accept();
}

void Listener::wait() {
  waiting_ = true;
  acceptor_.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
    self->waiting_ = false;
    if (!error && self->acceptor_.is_open()) self->accept();
  });
}

void Listener::accept() {
  for (int count = 0; count < kAcceptsAtOnce; ++count) {
    if (!host_->take_place()) return;  // accept_again comes with the next place
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    const int socket = ::accept4(acceptor_.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket >= 0) {
      peer.resize(size);
      hand_over(socket, peer);
      continue;
    }
    const int error = errno;
    host_->give_place_back();
    if (error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM) {
      retry_.set_after(kRetry);
      return;
    }
    if (error == EAGAIN || error == EWOULDBLOCK) break;
  }
  wait();
}

void Listener::hand_over(int socket, const tcp::endpoint& peer) {
  Loop& loop = *loops_[turn_++ % loops_.size()];
  loop.post([host = host_, &loop, socket, peer] {
    boost::system::error_code error;
    Transport::Socket owned(loop.context());
    owned.assign(peer.protocol(), socket, error);
    SslPtr ssl = host->tls ? host->tls->accept(socket) : nullptr;
    if (error || (host->tls && !ssl)) {
      host->give_place_back();
      return;
    }
    std::make_shared<ServerConnection>(host, loop, Transport(std::move(owned), std::move(ssl)),
                                       peer.address().to_string())
        ->open();
  });
}

}  // namespace mcprouter::detail
