#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "live/body_writer.hpp"
#include "live/client_stream.hpp"
#include "live/live_sessions.hpp"
#include "mcprouter/http.hpp"
#include "protocol/media.hpp"
#include "protocol/modern_result.hpp"
#include "router/routes.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Where the messages that answer one JSON-RPC request go: notifications and requests of the backend in order, then
/// the response.
///
/// One thread at a time.
class Reply {
 public:
  virtual ~Reply() = default;

  /// Whether the client takes messages before the response.
  [[nodiscard]] virtual bool takes_streams() const = 0;
  /// The response will take a while: begins the stream, if the client takes one, so that the client can come back for
  /// the response after it lost the connection.
  virtual void begin() = 0;
  /// Sends a message that comes before the response, if the client takes streams; else it is dropped. Waits while the
  /// client is slow.
  virtual Task<void> notify(std::string_view message) = 0;
  /// Sends the response. Nothing follows.
  virtual Task<void> answer(std::string response) = 0;
  /// Whether a result may come in parts.
  [[nodiscard]] virtual bool takes_parts() const { return false; }
  /// Sends some of the response, without line ends. Waits while the client is slow. Returns false if the client is gone
  /// and nobody will get the response. Requires: `takes_parts`.
  virtual Task<bool> answer_part(std::string /*part*/) { co_return false; }
  /// The response is complete.
  virtual void end_parts() {}
  /// The rest of the response will not come: the client sees that it is incomplete. Returns false if nothing of it was
  /// sent, and another response may be.
  virtual bool cut_off() { return false; }
  /// There will be no response, because the client does not want it any more.
  virtual void give_up() = 0;
  /// Says how long the response that comes may be kept; it is not if this is not called. Legacy clients keep nothing.
  virtual void allow_caching(const CacheHints&) {}
  /// Sets what is called when the client goes before the answer has ended. To legacy clients that means nothing.
  virtual void watch_client(std::function<void()>) {}
};

/// The answer to one POST: JSON or SSE. It commits to SSE when something comes before the response, or the response
/// takes a while, and the client accepts SSE; otherwise the response goes in the form the client likes better, JSON on
/// a tie (HTTP-11). A response in parts is one body or one event like any other.
///
/// Within a session the stream can be resumed, and goes on without its client.
class HttpReply final : public Reply {
 public:
  HttpReply(std::shared_ptr<ResponseWriter> writer, Accept accept, Executor& executor,
            std::chrono::milliseconds keep_alive);
  HttpReply(const HttpReply&) = delete;
  HttpReply& operator=(const HttpReply&) = delete;
  /// Ends the answer if nobody did: a 500 if nothing was sent, else the connection is cut.
  ~HttpReply() override;

  /// Adds a header to whatever the answer will be. Nothing was sent yet.
  void add_header(std::string_view name, std::string_view value);
  /// Says within which session it is, whose protocol version the answer names. Nothing was sent yet; `live` outlives
  /// it.
  void belong_to(LiveSessions& live, SessionPtr session, RoutesPtr routes);

  [[nodiscard]] const Accept& accept() const { return accept_; }
  [[nodiscard]] bool takes_streams() const override { return accept_.sse > 0; }
  void begin() override;
  Task<void> notify(std::string_view message) override;
  Task<void> answer(std::string response) override;
  [[nodiscard]] bool takes_parts() const override { return true; }
  Task<bool> answer_part(std::string part) override;
  void end_parts() override;
  bool cut_off() override;
  void give_up() override;
  void watch_client(std::function<void()> gone) override;

  /// Whether it has begun as a stream.
  [[nodiscard]] bool has_begun() const { return stream_ != nullptr; }
  /// Sends a whole answer of another kind. Nothing was sent yet.
  void respond(Response response);
  /// Hands the connection over to a stream that goes on by itself; `after` and `detached` as in ClientStream::attach.
  ClientStream::Attached hand_over(ClientStream& stream, std::uint64_t after, std::function<void()> detached);
  /// Ends a stream after its last message, without adding one.
  void finish_stream();

 private:
  void set_ended();
  [[nodiscard]] bool answers_json() const;
  Headers take_headers();
  ResponseHead stream_head();
  Task<void> write_event(std::string_view message);

  std::shared_ptr<ResponseWriter> writer_;
  const Accept accept_;
  Executor& executor_;
  const std::chrono::milliseconds keep_alive_;
  Headers headers_;
  LiveSessions* sessions_ = nullptr;
  SessionPtr session_;
  RoutesPtr routes_;
  std::shared_ptr<LiveSession> live_;     // set while streaming within a session
  std::shared_ptr<ClientStream> stream_;  // set while streaming
  std::shared_ptr<BodyWriter> body_;      // set while a JSON body is sent in parts
  // Of an event in parts. What may be kept for a client that comes back is gathered and sent as one.
  std::string gathered_;
  bool event_begun_ = false;
  bool ended_ = false;
  std::function<void()> gone_;                      // empty unless somebody watches the client
  std::shared_ptr<std::atomic<bool>> ended_watch_;  // what `ended_` is, for `gone_`
};

/// The answers to a batch (BAT-01, BAT-03): as events of one stream, or as one JSON array for a client without SSE.
class BatchReply final : public Reply {
 public:
  explicit BatchReply(HttpReply& whole) : whole_(whole) {}

  [[nodiscard]] bool takes_streams() const override { return whole_.takes_streams(); }
  void begin() override { whole_.begin(); }
  Task<void> notify(std::string_view message) override;
  Task<void> answer(std::string response) override;
  void give_up() override {}
  /// Ends the whole answer.
  Task<void> finish();

 private:
  HttpReply& whole_;
  std::string array_;
};

}  // namespace mcprouter::detail
