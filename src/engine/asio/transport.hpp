#pragma once

#include <sys/uio.h>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <span>
#include <utility>

#include "engine/asio/tls.hpp"

namespace mcprouter::detail {

/// What became of an attempt to read or write without waiting.
enum class IoStatus {
  done,
  wait_read,   ///< Nothing happened: try again when the socket is readable ...
  wait_write,  ///< ... or writable.
  end,         ///< The peer ended its side properly.
  broken,
};

struct IoResult {
  IoStatus status;
  std::size_t size = 0;  ///< Bytes, for `done`: 1 at least.
};

/// One end of a connection, with or without TLS. Nothing is read ahead of a wait, so that idle ones hold no buffers.
///
/// Thread safety: its loop's thread.
class Transport {
 public:
  /// Of a loop's context: any_io_executor costs more than it is worth here.
  using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

  /// A connected socket, which becomes non-blocking and sends without delay. `ssl` is nullptr without TLS.
  Transport(Socket socket, SslPtr ssl);

  /// `done` once the handshake is over; at once without TLS.
  IoStatus handshake();
  IoResult read(std::span<char> buffer);
  IoResult write(std::span<const iovec> parts);

  /// Calls `handler(error_code)` when the socket is ready in the way of `status`: `wait_read` or `wait_write`.
  template <typename Handler>
  void wait(IoStatus status, Handler&& handler) {
    socket_.async_wait(status == IoStatus::wait_read ? Socket::wait_read : Socket::wait_write,
                       std::forward<Handler>(handler));
  }

  /// Whether bytes can be read that no wait would tell of.
  [[nodiscard]] bool holds_input() const { return ssl_ && SSL_has_pending(ssl_.get()) == 1; }
  /// Whether the peer was silent, and is there, as far as can be seen now.
  [[nodiscard]] bool is_quiet();

  /// Tells the peer that no more is sent.
  void end_writing();
  /// Waits end with an error.
  void close();
  /// Closes it so that the peer sees an error.
  void reset();
  [[nodiscard]] bool is_open() const { return socket_.is_open(); }

 private:
  IoResult tls_result(int returned);
  IoResult write_tls(std::span<const iovec> parts);

  Socket socket_;
  SslPtr ssl_;
};

}  // namespace mcprouter::detail
