#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "engine/asio/client_loop.hpp"
#include "engine/asio/connector.hpp"
#include "engine/asio/origin.hpp"
#include "mcprouter/http_client.hpp"

namespace mcprouter::detail {

/// One exchange of the asio client, bound to the loop it was made on.
///
/// Thread safety: HttpExchange's functions from any thread, the rest on the loop's.
class LoopExchange final : public HttpExchange,
                           public ClientLoop::LiveHook,
                           public std::enable_shared_from_this<LoopExchange> {
 public:
  LoopExchange(ClientLoop& client, HttpRequest request, std::shared_ptr<const Destination> destination,
               std::shared_ptr<HttpEvents> events);
  ~LoopExchange() override;

  void start() override;
  void pause() override { paused_ = true; }
  void resume() override;
  void cancel() override;

  [[nodiscard]] HttpRequest& request() { return request_; }
  [[nodiscard]] const Destination& destination() const { return *destination_; }
  [[nodiscard]] bool is_head_request() const { return request_.method == "HEAD"; }
  [[nodiscard]] bool is_paused() const { return paused_; }
  [[nodiscard]] TimePoint total_due() const { return total_due_; }

  void on_head(ResponseHead head) { events_->on_head(std::move(head)); }
  void on_body(std::string_view piece) { events_->on_body(piece); }
  /// Ends it, and lets go of connection and events. The second call does nothing.
  void end(HttpFailure failure, std::string detail);

 private:
  void begin();
  void end_soon(HttpFailure failure, std::string detail);
  void connect();
  void on_connected(std::unique_ptr<Transport> transport, const std::string& why);

  ClientLoop& client_;
  HttpRequest request_;
  const std::shared_ptr<const Destination> destination_;
  std::shared_ptr<HttpEvents> events_;
  std::shared_ptr<Connector> connector_;
  std::shared_ptr<UpstreamConnection> connection_;
  TimePoint total_due_;
  bool begun_ = false;
  bool ended_ = false;
  std::atomic<bool> paused_ = false;
  std::atomic<bool> cancelled_ = false;
};

}  // namespace mcprouter::detail
