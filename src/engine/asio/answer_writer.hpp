#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "engine/asio/server_connection.hpp"
#include "mcprouter/http.hpp"

namespace mcprouter::detail {

/// Where the answer to one request goes: to the connection, directly on its loop's thread, else by way of that.
class AnswerWriter final : public ResponseWriter, public std::enable_shared_from_this<AnswerWriter> {
 public:
  explicit AnswerWriter(std::shared_ptr<ServerConnection> connection) : connection_(std::move(connection)) {}
  /// An answer that was dropped half way is an aborted one.
  ~AnswerWriter() override;

  void respond(Response response) override;
  void start(ResponseHead head) override;
  bool write(std::string_view chunk) override;
  void finish() override;
  void abort() override;
  void listen(std::function<void(Event)> listener) override;

 private:
  template <typename Act>
  void act(Act act);

  const std::shared_ptr<ServerConnection> connection_;
  std::atomic<bool> ended_ = false;
  std::atomic<unsigned> posted_ = 0;  ///< Calls on their way: what comes after them must not overtake them.
};

}  // namespace mcprouter::detail
