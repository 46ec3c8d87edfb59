#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/message_stream.hpp"
#include "backend/upstream_http.hpp"
#include "mcprouter/options.hpp"
#include "protocol/message.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// One message of a backend: its text and what it says. The views point into the text.
struct BackendMessage {
  std::shared_ptr<std::string> text;
  Message message;
};

/// A part of a response with a large result.
struct ResponsePart {
  std::string text;
  bool last;
};

/// Either a message, or a part of one, or why there is none.
struct ReadMessage {
  std::optional<BackendMessage> message;
  UpstreamFailure failure;
  std::optional<ResponsePart> part = std::nullopt;  ///< Only of a stream that hands out parts.
};

/// Reads the envelope of what came out of an answer. An answer that ends is a failure here: the one who reads still
/// waits for the response. Of a batch, which servers of 2025-03-26 may send, it reads the first message; the others
/// come out of `stream` next.
ReadMessage read_incoming(MessageStream& stream, Incoming incoming, const Limits& limits);

/// Awaits the next message of an answer and reads it. `limits` outlives the call.
Task<ReadMessage> read_next(MessageStream& stream, const Limits& limits);

/// Awaits the response to the request with this id. What comes before is skipped (HTTP-12), but a request of the
/// backend is handed to `asked`, unless that is null. All outlive the call.
Task<ReadMessage> read_response(MessageStream& stream, std::string_view id, const Limits& limits,
                                const std::function<void(const Message&)>* asked = nullptr);

/// Says whether a message is the response to `id`; an error without id answers the only request that was sent.
[[nodiscard]] bool responds_to(const Message& message, std::string_view id);

}  // namespace mcprouter::detail
