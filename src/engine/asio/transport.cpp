#include "engine/asio/transport.hpp"

#include <openssl/err.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace mcprouter::detail {
namespace {

// The most that a TLS record holds.
constexpr std::size_t kRecord = 16u << 10;

IoResult result_of(ssize_t returned, IoStatus when_busy) {
  if (returned > 0) return {IoStatus::done, static_cast<std::size_t>(returned)};
  if (returned == 0) return {IoStatus::end};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {when_busy};
  return {IoStatus::broken};
}

}  // namespace

Transport::Transport(Socket socket, SslPtr ssl) : socket_(std::move(socket)), ssl_(std::move(ssl)) {
  boost::system::error_code ignored;
  socket_.native_non_blocking(true, ignored);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
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
  return result_of(::recv(socket_.native_handle(), buffer.data(), buffer.size(), 0), IoStatus::wait_read);
}

IoResult Transport::write(std::span<const iovec> parts) {
  if (ssl_) return write_tls(parts);
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts.data());
  message.msg_iovlen = parts.size();
  return result_of(::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL), IoStatus::wait_write);
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
      return {IoStatus::wait_read};
    case SSL_ERROR_WANT_WRITE:
      return {IoStatus::wait_write};
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
  return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Transport::end_writing() {
  if (ssl_) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Transport::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void Transport::reset() {
  boost::system::error_code ignored;
  socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

}  // namespace mcprouter::detail
