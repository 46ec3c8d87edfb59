#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/http.hpp"
#include "protocol/media.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// Where the messages that answer one JSON-RPC request go: notifications in order, then the response.
///
/// One thread at a time.
class Reply {
 public:
  virtual ~Reply() = default;

  /// Sends a message that comes before the response, if the client takes streams; else it is dropped. Waits while the
  /// client is slow.
  virtual Task<void> notify(std::string_view message) = 0;
  /// Sends the response. Nothing follows.
  virtual Task<void> answer(std::string response) = 0;
};

class StreamGate;

/// The answer to one POST: JSON or SSE. It commits to SSE when something comes before the response and the client
/// accepts it; otherwise the response goes in the form the client likes better, JSON on a tie (HTTP-11).
class HttpReply final : public Reply {
 public:
  HttpReply(std::shared_ptr<ResponseWriter> writer, Accept accept);
  HttpReply(const HttpReply&) = delete;
  HttpReply& operator=(const HttpReply&) = delete;
  /// Ends the answer if nobody did: a 500 if nothing was sent, else the connection is cut.
  ~HttpReply() override;

  /// Adds a header to whatever the answer will be. Nothing was sent yet.
  void add_header(std::string name, std::string value);

  Task<void> notify(std::string_view message) override;
  Task<void> answer(std::string response) override;

  /// Sends a whole answer of another kind. Nothing was sent yet.
  void respond(Response response);
  /// Ends a stream after its last message, without adding one.
  void finish_stream();

  [[nodiscard]] bool takes_streams() const { return accept_.sse > 0; }

 private:
  void start_stream();
  Task<void> write_event(std::string_view message);

  std::shared_ptr<ResponseWriter> writer_;
  Accept accept_;
  Headers headers_;
  std::shared_ptr<StreamGate> gate_;  // set while streaming
  bool ended_ = false;
};

/// The answers to a batch (BAT-01, BAT-03): as events of one stream, or as one JSON array for a client without SSE.
class BatchReply final : public Reply {
 public:
  explicit BatchReply(HttpReply& whole) : whole_(whole) {}

  Task<void> notify(std::string_view message) override;
  Task<void> answer(std::string response) override;
  /// Ends the whole answer.
  Task<void> finish();

 private:
  HttpReply& whole_;
  std::string array_;
};

}  // namespace mcprouter::detail
