#include "router/ask_backend.hpp"

#include <optional>
#include <utility>

#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {

Task<ReadMessage> ask_backend(BackendHop hop, std::string method, std::string params) {
  BackendExchange exchange(std::move(hop), nullptr);
  std::string id = quoted(random_id());
  std::string text = request_message(id, method, params);
  co_return co_await ask_backend(exchange, std::move(id), std::move(text), nullptr);
}

Task<ReadMessage> ask_backend(BackendExchange& exchange, std::string id, std::string text,
                              std::function<Task<void>(const BackendMessage&)> hear) {
  std::optional<UpstreamFailure> unsent = co_await exchange.send(std::move(id), std::move(text), nullptr);
  if (unsent) {
    co_return ReadMessage{std::nullopt, std::move(*unsent)};
  }
  while (true) {
    ReadMessage read = co_await exchange.next();
    if (!read.message || exchange.is_response(*read.message)) {
      co_return read;
    }
    if (hear) {
      co_await hear(*read.message);
      exchange.touch();
    } else if (read.message->message.kind == Message::Kind::request) {
      answer_alone(exchange.hop(), read.message->message);
    }
  }
}

}  // namespace mcprouter::detail
