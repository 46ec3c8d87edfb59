#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/asio/body_reader.hpp"
#include "engine/asio/head_text.hpp"
#include "engine/asio/loop.hpp"
#include "engine/asio/message_head.hpp"
#include "engine/asio/out_queue.hpp"
#include "engine/asio/server_host.hpp"
#include "engine/asio/transport.hpp"

namespace mcprouter::detail {

/// A client's connection: one request after the other, each answered before the next is looked at.
///
/// handshake -> head -> body -> answering -> head ..., and lingering -> closed at the end. Lingering, after our last
/// byte, reads what the client still sends: to close at once could take the answer from it (RFC 9112 9.6).
///
/// Thread safety: its loop's thread, except where said. An AnswerWriter is its way to other threads.
class ServerConnection : public std::enable_shared_from_this<ServerConnection> {
 public:
  using Event = ResponseWriter::Event;

  /// `socket` and `ssl` as Transport has them.
  ServerConnection(std::shared_ptr<ServerHost> host, Loop& loop, int socket, SslPtr ssl, std::string peer);

  /// Begins, registered at the host until it closes.
  void open();
  /// Closes it unless a request is under way.
  void close_if_idle();
  /// Ends it whatever it does.
  void cut();

  // The answer to the current request, as ResponseWriter has it.
  void respond(Response response);
  void start(ResponseHead head);
  void write(std::string_view chunk);
  void finish();
  void abort();
  void listen(std::function<void(Event)> listener);

  [[nodiscard]] Loop& loop() { return loop_; }
  /// From any thread: counts bytes of the current answer that `write` is about to get. Returns false, and has
  /// `writable` told later, if too many wait.
  bool count_in(std::size_t bytes);

 private:
  enum class Phase { handshake, head, body, answering, lingering, closed };

  // Input.
  void shake_hands();
  void wait_readable(IoStatus for_what = IoStatus::wait_read);
  void on_readable();
  void on_input(std::string_view data);
  void on_input_end();
  void feed(std::string_view data);
  void time_input();
  std::size_t take_head(std::string_view data);
  std::size_t take_body(std::string_view data);
  void dispatch();
  void refuse(int status);

  // Output, in server_answer.cpp.
  std::shared_ptr<ResponseWriter> answer_to_current();
  [[nodiscard]] AnswerFraming framing_now();
  void send_whole(int status, const Headers& headers, std::string body);
  void queue(std::string part);
  void queue_chunk(std::string_view chunk);
  void flush_soon();
  void flush();
  void tell_if_writable();
  void end_answer();
  void next_request();
  void linger();

  void on_deadline();
  void gone();
  void gone_soon();
  void close();
  /// Closes the socket and forgets what is under way; false if that was done before.
  bool shut();

  const std::shared_ptr<ServerHost> host_;
  Loop& loop_;
  Transport transport_;
  Deadline deadline_;
  const std::string peer_;

  Phase phase_ = Phase::handshake;
  bool waits_for_input_ = false;
  bool waits_for_room_ = false;  ///< To write.
  bool input_ended_ = false;
  bool feeding_ = false;
  Phase timed_ = Phase::handshake;  ///< The phase whose time runs.
  std::string input_;               ///< Not taken yet: an incomplete head, or what follows the current request.
  std::size_t searched_ = 0;
  std::size_t lingered_ = 0;

  // The current request and its answer.
  RequestHead head_;
  std::string body_;
  BodyReader body_reader_;
  bool keep_alive_ = false;
  bool to_head_ = false;
  bool chunked_ = false;
  bool without_body_ = false;
  bool ended_ = false;  ///< All of the answer is in `out_`, or out.
  bool flush_posted_ = false;
  std::function<void(Event)> listener_;
  OutQueue out_;
  std::atomic<std::size_t> waiting_ = 0;  ///< Bytes that are not out; those on their way to `write` included.
  std::atomic<bool> tell_writable_ = false;
  std::atomic<bool> closed_ = false;
};

}  // namespace mcprouter::detail
