#include "engine/asio/listener.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
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
    : Watcher(Readiness::Turn::requests), loops_(loops), retry_(loops.front()->deadlines(), [this] { accept(); }) {}

Listener::~Listener() { stop(); }

tcp::endpoint Listener::look_up(const std::string& host, std::uint16_t port) {
  boost::system::error_code error;
  boost::asio::io_context context;
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error) throw std::runtime_error("cannot listen on " + host + ": " + error.message());
  return found.begin()->endpoint();
}

std::uint16_t Listener::start(const tcp::endpoint& endpoint, std::shared_ptr<ServerHost> host) {
  host_ = std::move(host);
  socket_ = ::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
  const int on = 1;
  tcp::endpoint bound;
  auto size = static_cast<socklen_t>(bound.capacity());
  if (socket_ < 0 || ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::bind(socket_, endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(socket_, SOMAXCONN) != 0 || ::getsockname(socket_, bound.data(), &size) != 0 ||
      !loops_.front()->readiness().add(socket_, *this)) {
    const int error = errno;
    stop();
    throw std::system_error(error, std::system_category(), "cannot listen on " + host_->options.host);
  }
  bound.resize(size);
  notice_dead_reader(socket_, host_->options.write_timeout);
  return bound.port();
}

void Listener::stop() {
  if (socket_ < 0) return;
  retry_.clear();
  loops_.front()->readiness().forget(*this);
  ::close(std::exchange(socket_, -1));
}

void Listener::accept() {
  if (socket_ < 0) return;
  for (int count = 0; count < kAcceptsAtOnce; ++count) {
    if (!host_->take_place()) return;  // called again with the next place
    tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    const int socket = ::accept4(socket_, peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
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
    if (error == EAGAIN || error == EWOULDBLOCK) return;
  }
  loops_.front()->post([self = shared_from_this()] { self->accept(); });
}

void Listener::hand_over(int socket, const tcp::endpoint& peer) {
  Loop& loop = *loops_[turn_++ % loops_.size()];
  loop.post([host = host_, &loop, socket, peer] {
    SslPtr ssl = host->tls ? host->tls->accept(socket) : nullptr;
    if (host->tls && !ssl) {
      ::close(socket);
      host->give_place_back();
      return;
    }
    std::make_shared<ServerConnection>(host, loop, socket, std::move(ssl), peer.address().to_string())->open();
  });
}

}  // namespace mcprouter::detail
