#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/asio/readiness.hpp"
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
class Transport final : public Readiness::Watcher {
 public:
  using Handler = std::function<void()>;

  /// Takes over a socket that does not block and is connected, or about to be; it is to send without delay. `ssl` is
  /// nullptr without TLS.
  Transport(Readiness& readiness, Readiness::Turn turn, int socket, SslPtr ssl);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// `done` once the handshake is over; at once without TLS.
  IoStatus handshake();
  IoResult read(std::span<char> buffer);
  IoResult write(std::span<const iovec> parts);

  /// Calls `handler` once, when it is worth to go on reading (or shaking hands), or writing, after `status`:
  /// `wait_read` or `wait_write`. It is dropped when the connection closes.
  void wait_to_read(IoStatus status, Handler handler) { reader_ = {status, std::move(handler)}; }
  void wait_to_write(IoStatus status, Handler handler) { writer_ = {status, std::move(handler)}; }

  /// Whether `read` may have something to tell that no wait would tell of.
  [[nodiscard]] bool holds_input() const { return readable_ || (ssl_ && SSL_has_pending(ssl_.get()) == 1); }
  /// Whether the peer was silent, and is there, as far as can be seen now.
  [[nodiscard]] bool is_quiet();

  /// The error of the socket, as errno has it, or 0: how connecting went.
  [[nodiscard]] int take_error();
  /// Tells the peer that no more is sent.
  void end_writing();
  void close();
  /// Closes it so that the peer sees an error.
  void reset();
  [[nodiscard]] bool is_open() const { return socket_ >= 0; }

  void mark(std::uint32_t events) override;
  void go_on_writing() override { go_on(writer_); }
  void go_on_reading() override { go_on(reader_); }

 private:
  struct Waiter {
    IoStatus status = IoStatus::wait_read;
    Handler handler;
  };

  void go_on(Waiter& waiter);
  /// Remembers what `result` says of the socket.
  IoResult noted(IoResult result);
  IoResult tls_result(int returned);
  IoResult write_tls(std::span<const iovec> parts);

  Readiness& readiness_;
  int socket_;
  // As far as is known: what is true may not be so any more, what is false was so at the last attempt, and an event
  // comes.
  bool readable_ = false;
  bool writable_ = true;
  bool peer_ended_ = false;  ///< Behind what can be read.
  SslPtr ssl_;
  Waiter reader_;
  Waiter writer_;
};

}  // namespace mcprouter::detail
