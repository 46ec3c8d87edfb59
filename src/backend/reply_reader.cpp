#include "backend/reply_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/message.hpp"
#include "support/recycled.hpp"

namespace mcprouter::detail {
namespace {

/// Leaves the first message of a batch in `text`, and has the others come next. One that is none stays as it is.
void take_first(MessageStream& stream, std::string& text, const Limits& limits) {
  const auto batch = read_batch(text, limits);
  const auto* const messages = std::get_if<std::vector<std::string_view>>(&batch);
  if (messages == nullptr || std::any_of(messages->begin(), messages->end(), is_array)) {
    return;
  }
  for (std::size_t left = messages->size(); left > 1; --left) {
    stream.put_back({Incoming::Kind::message, std::string((*messages)[left - 1]), HttpFailure::none, {}});
  }
  text = std::string(messages->front());
}

}  // namespace

ReadMessage read_incoming(MessageStream& stream, Incoming incoming, const Limits& limits) {
  ReadMessage read;
  switch (incoming.kind) {
    case Incoming::Kind::message: {
      if (is_array(incoming.text)) {
        take_first(stream, incoming.text, limits);
      }
      auto text = make_recycled<std::string>(std::move(incoming.text));
      auto outcome = read_message(*text, limits);
      if (auto* message = std::get_if<Message>(&outcome)) {
        read.message = BackendMessage{std::move(text), std::move(*message)};
      } else {
        read.failure = {Reason::backend_protocol_error, HttpFailure::none,
                        "not a JSON-RPC message: " + std::get<MessageProblem>(outcome).detail};
      }
      break;
    }
    case Incoming::Kind::part:
    case Incoming::Kind::last_part:
      read.part = ResponsePart{std::move(incoming.text), incoming.kind == Incoming::Kind::last_part};
      break;
    case Incoming::Kind::end:
      read.failure = {Reason::outcome_unknown, HttpFailure::none, "the answer ended without the response"};
      break;
    case Incoming::Kind::failed:
      read.failure = failure_of(incoming.failure, std::move(incoming.detail));
      break;
    case Incoming::Kind::too_large:
      read.failure = {Reason::backend_protocol_error, HttpFailure::none, "a message larger than maxResponse"};
      break;
  }
  return read;
}

Task<ReadMessage> read_next(MessageStream& stream, const Limits& limits) {
  Incoming incoming = co_await stream.next();
  co_return read_incoming(stream, std::move(incoming), limits);
}

Task<ReadMessage> read_response(MessageStream& stream, std::string_view id, const Limits& limits,
                                const std::function<void(const Message&)>* asked) {
  while (true) {
    ReadMessage read = co_await read_next(stream, limits);
    if (!read.message || responds_to(read.message->message, id)) {
      co_return read;
    }
    if (asked != nullptr && read.message->message.kind == Message::Kind::request) {
      (*asked)(read.message->message);
    }
  }
}

bool responds_to(const Message& message, std::string_view id) {
  switch (message.kind) {
    case Message::Kind::result:
      return same_id(message.id, id);
    case Message::Kind::error:
      return message.id.empty() || same_id(message.id, id);
    case Message::Kind::request:
    case Message::Kind::notification:
      break;
  }
  return false;
}

}  // namespace mcprouter::detail
