#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "engine/asio/body_reader.hpp"
#include "engine/asio/client_loop.hpp"
#include "engine/asio/loop.hpp"
#include "engine/asio/message_head.hpp"
#include "engine/asio/out_queue.hpp"
#include "engine/asio/transport.hpp"

namespace mcprouter::detail {

/// A connection to a backend: serves one exchange after the other, and rests in the pool between them. Meanwhile it
/// watches its socket, so that it goes as soon as the backend closes it.
///
/// Thread safety: its loop's thread.
class UpstreamConnection : public std::enable_shared_from_this<UpstreamConnection> {
 public:
  UpstreamConnection(ClientLoop& client, Origin origin, std::unique_ptr<Transport> transport);

  [[nodiscard]] const Origin& origin() const { return origin_; }

  /// Sends the exchange's request and reports the answer to it.
  void run(std::shared_ptr<LoopExchange> exchange);
  /// Reads on after a pause.
  void resume();
  /// The exchange has ended by itself, or nobody wants the connection.
  void close();

  // In the pool.
  void rest(std::chrono::milliseconds time);
  /// Whether the backend has not closed it, as far as can be known.
  [[nodiscard]] bool is_usable();

 private:
  void wait_readable(IoStatus for_what = IoStatus::wait_read);
  void on_readable();
  void on_rest_disturbed();
  void on_input_end();
  void feed(std::string_view data);
  /// Returns what is behind the head; fails if it is none.
  bool take_head(std::string_view& data);
  void complete(bool reusable);
  void fail(HttpFailure failure, std::string detail);
  void flush();
  void on_deadline();
  void set_deadline();
  [[nodiscard]] TimePoint loop_time() const { return client_.loop.deadlines().now(); }

  ClientLoop& client_;
  const Origin origin_;
  const std::unique_ptr<Transport> transport_;
  Deadline deadline_;
  bool waits_for_input_ = false;
  bool used_ = false;    ///< Has served an exchange ...
  bool reused_ = false;  ///< ... and another: the backend keeps connections as it says.

  // The current exchange.
  std::shared_ptr<LoopExchange> exchange_;
  OutQueue out_;
  std::string head_;  ///< As long as it is incomplete.
  std::size_t searched_ = 0;
  bool has_head_ = false;
  bool keep_alive_ = false;
  bool write_failed_ = false;
  std::chrono::milliseconds may_rest_{0};
  BodyReader body_;
  TimePoint last_byte_;
};

}  // namespace mcprouter::detail
