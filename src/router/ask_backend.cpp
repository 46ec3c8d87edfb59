#include "router/ask_backend.hpp"

#include <optional>
#include <utility>

#include "live/backend_exchange.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {

Task<ReadMessage> ask_backend(BackendHop hop, std::string method, std::string params) {
  BackendExchange exchange(std::move(hop), nullptr);
  const std::string id = quoted(random_id());
  std::string text = request_message(id, method, params);
  std::optional<UpstreamFailure> unsent = co_await exchange.send(id, std::move(text), nullptr);
  if (unsent) {
    co_return ReadMessage{std::nullopt, std::move(*unsent)};
  }
  while (true) {
    ReadMessage read = co_await exchange.next();
    if (!read.message || exchange.is_response(*read.message)) {
      co_return read;
    }
  }
}

}  // namespace mcprouter::detail
