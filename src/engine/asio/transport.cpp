#include "engine/asio/transport.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace mcprouter::detail {
namespace {

// The most that a TLS record holds.
constexpr std::size_t kRecord = 16u << 10;

IoResult result_of(ssize_t returned, IoStatus when_busy) {
  if (returned > 0) return {IoStatus::done, static_cast<std::size_t>(returned)};
  if (returned == 0) return {IoStatus::end};
  if (errno == EAGAIN || errno == EWOULDBLOCK) return {when_busy};
  return {IoStatus::broken};
}

}  // namespace

Transport::Transport(Readiness& readiness, Readiness::Turn turn, int socket, SslPtr ssl)
    : Watcher(turn), readiness_(readiness), socket_(socket), ssl_(std::move(ssl)) {
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!readiness_.add(socket_, *this)) {
    // As if the peer had gone.
    ::shutdown(socket_, SHUT_RDWR);
    readable_ = peer_ended_ = true;
  }
}

Transport::~Transport() { close(); }

void Transport::mark(std::uint32_t events) {
  constexpr std::uint32_t kEnds = EPOLLRDHUP | EPOLLHUP | EPOLLERR;
  if (events & (EPOLLIN | kEnds)) readable_ = true;
  if (events & (EPOLLOUT | kEnds)) writable_ = true;
  if (events & kEnds) peer_ended_ = true;
}

void Transport::go_on(Waiter& waiter) {
  if (!(waiter.status == IoStatus::wait_read ? readable_ : writable_)) return;
  if (const Handler handler = std::exchange(waiter.handler, nullptr)) handler();
}

IoResult Transport::noted(IoResult result) {
  if (result.status == IoStatus::wait_read) readable_ = false;
  if (result.status == IoStatus::wait_write) writable_ = false;
  return result;
}

IoStatus Transport::handshake() {
  if (!ssl_) return IoStatus::done;
  ERR_clear_error();
  return tls_result(SSL_do_handshake(ssl_.get())).status;
}

IoResult Transport::read(std::span<char> buffer) {
  if (ssl_) {
    ERR_clear_error();
    return tls_result(SSL_read(ssl_.get(), buffer.data(), static_cast<int>(buffer.size())));
  }
  const IoResult result = result_of(::recv(socket_, buffer.data(), buffer.size(), 0), IoStatus::wait_read);
  // There was no more; what comes now is an event.
  if (result.status == IoStatus::done && result.size < buffer.size() && !peer_ended_) readable_ = false;
  return noted(result);
}

IoResult Transport::write(std::span<const iovec> parts) {
  if (ssl_) return write_tls(parts);
  if (parts.size() == 1) {  // the cheaper call
    const iovec& only = parts.front();
    return noted(result_of(::send(socket_, only.iov_base, only.iov_len, MSG_NOSIGNAL), IoStatus::wait_write));
  }
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return noted(result_of(::sendmsg(socket_, &message, MSG_NOSIGNAL), IoStatus::wait_write));
}

IoResult Transport::write_tls(std::span<const iovec> parts) {
  // One record instead of one a part.
  std::array<char, kRecord> record;
  std::size_t size = 0;
  for (const iovec& part : parts) {
    const std::size_t fits = std::min(part.iov_len, record.size() - size);
    std::memcpy(record.data() + size, part.iov_base, fits);
    size += fits;
  }
  ERR_clear_error();
  return tls_result(SSL_write(ssl_.get(), record.data(), static_cast<int>(size)));
}

IoResult Transport::tls_result(int returned) {
  if (returned > 0) return {IoStatus::done, static_cast<std::size_t>(returned)};
  switch (SSL_get_error(ssl_.get(), returned)) {
    case SSL_ERROR_WANT_READ:
      return noted({IoStatus::wait_read});
    case SSL_ERROR_WANT_WRITE:
      return noted({IoStatus::wait_write});
    case SSL_ERROR_ZERO_RETURN:
      return {IoStatus::end};
    default:
      return {IoStatus::broken};
  }
}

bool Transport::is_quiet() {
  char byte = 0;
  if (ssl_) {
    // A session ticket is no input, but makes the socket readable.
    ERR_clear_error();
    return tls_result(SSL_peek(ssl_.get(), &byte, 1)).status == IoStatus::wait_read;
  }
  return noted(result_of(::recv(socket_, &byte, 1, MSG_PEEK), IoStatus::wait_read)).status == IoStatus::wait_read;
}

int Transport::take_error() {
  int error = 0;
  socklen_t size = sizeof error;
  return ::getsockopt(socket_, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void Transport::end_writing() {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  ::shutdown(socket_, SHUT_WR);
}

void Transport::close() {
  if (!is_open()) return;
  readiness_.forget(*this);
  ::close(std::exchange(socket_, -1));
  reader_ = {};
  writer_ = {};
}

void Transport::reset() {
  const linger at_once{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace mcprouter::detail
