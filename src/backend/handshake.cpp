#include "backend/handshake.hpp"

#include <fmt/format.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "backend/call.hpp"
#include "backend/header_rules.hpp"
#include "backend/message_stream.hpp"
#include "backend/reply_reader.hpp"
#include "mcprouter/version.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/origin.hpp"
#include "protocol/version.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

// A backend's capabilities are kept with every session: what is larger than any real one is refused.
constexpr std::size_t kMaxCapabilities = 8u << 10;
// Kept once for each backend; longer ones are not.
constexpr std::size_t kMaxInstructions = 64u << 10;

std::string initialize_request(std::string_view id, const ServerInfo& client_info, std::string_view capabilities) {
  const std::string params = fmt::format(
      R"({{"protocolVersion":"{}","capabilities":{},"clientInfo":{{"name":{},"version":{}}}}})", newest_session_version,
      capabilities, quoted(client_info.name), quoted(client_info.version.empty() ? kVersion : client_info.version));
  return request_message(id, "initialize", params);
}

/// Takes what the session needs out of an InitializeResult; returns what is wrong with it.
std::optional<std::string> adopt(std::string_view result, UpstreamSession& upstream) {
  if (result.empty() || kind_of(result) != JsonKind::object) {
    return "the initialize result is not an object";
  }
  const auto version_text = member(result, "protocolVersion");
  const auto version = version_text ? string_value(*version_text) : std::nullopt;
  if (!version) {
    return "the initialize result has no protocolVersion";
  }
  if (!is_session_version(*version)) {
    return "the backend speaks a protocol version that the router does not";
  }
  const auto capabilities = member(result, "capabilities");
  if (!capabilities || kind_of(*capabilities) != JsonKind::object) {
    return "the initialize result has no capabilities";
  }
  if (capabilities->size() > kMaxCapabilities) {
    return fmt::format("capabilities of more than {} bytes", kMaxCapabilities);
  }
  upstream.protocol_version = *version;
  upstream.capabilities = std::make_shared<const std::string>(*capabilities);
  return std::nullopt;
}

std::string instructions_of(std::string_view result) {
  const auto text = member(result, "instructions");
  return text && text->size() <= kMaxInstructions ? string_value(*text).value_or(std::string()) : std::string();
}

}  // namespace

Task<Handshake> shake_hands(BackendAccess access, const BackendSessionManager::Options& options, BackendPtr backend,
                            Headers passed, std::string capabilities) {
  const Timeouts& timeouts = options.timeouts;
  const ExchangeTimes times{timeouts.connect, timeouts.handshake, timeouts.handshake};
  const TimePoint began = access.executor.now();
  auto upstream = std::make_shared<UpstreamSession>();
  upstream->backend = backend->name;
  upstream->revision = backend->revision();
  upstream->serial = random_serial();
  upstream->headers = session_headers(passed);

  Handshake handshake;
  const std::string id = quoted(random_id());
  const auto opened = MessageStream::open(
      access.client, access.executor, access.live,
      upstream_request(*backend, passed, {}, initialize_request(id, options.client_info, capabilities), times),
      options.limits.max_response);
  const std::optional<ResponseHead> head = co_await opened->head();
  if (head && (head->status < 200 || head->status > 299)) {
    opened->discard();
    handshake.failure = failure_of_status(head->status);
    co_return handshake;
  }
  if (head) {
    const std::string_view session_id = head->headers.get("Mcp-Session-Id");
    if (!session_id.empty() && !is_session_id(session_id, options.limits.max_id_length)) {
      opened->discard();
      handshake.failure = {Reason::backend_protocol_error, HttpFailure::none, "a malformed Mcp-Session-Id"};
      co_return handshake;
    }
    upstream->id = std::string(session_id);
    if (!upstream->id.empty()) {
      handshake.upstream = upstream;
    }
  }
  const std::function<void(const Message&)> answer_asked = [&](const Message& asked) {
    answer_alone(access, *backend, *upstream, passed, asked, times, options.limits.max_response);
  };
  const ReadMessage read = co_await read_response(*opened, id, options.limits, &answer_asked);
  opened->discard();
  if (!read.message) {
    handshake.failure = read.failure;
    co_return handshake;
  }
  if (read.message->message.kind == Message::Kind::error) {
    handshake.failure = {Reason::backend_protocol_error, HttpFailure::none, "initialize was answered with an error"};
    co_return handshake;
  }
  if (auto problem = adopt(read.message->message.result, *upstream)) {
    handshake.failure = {Reason::backend_protocol_error, HttpFailure::none, std::move(*problem)};
    co_return handshake;
  }
  handshake.upstream = upstream;
  handshake.instructions = instructions_of(read.message->message.result);

  const auto spent = std::chrono::duration_cast<std::chrono::milliseconds>(access.executor.now() - began);
  const auto left = std::max(timeouts.handshake - spent, std::chrono::milliseconds(1));
  const auto confirmed = MessageStream::open(
      access.client, access.executor, access.live,
      upstream_request(*backend, passed, {upstream->id, upstream->protocol_version},
                       notification_message("notifications/initialized", {}), {timeouts.connect, left, left}),
      options.limits.max_response);
  const std::optional<ResponseHead> answer = co_await confirmed->head();
  if (!answer) {
    const Incoming end = co_await confirmed->next();
    handshake.failure = failure_of(end.failure, end.detail);
    co_return handshake;
  }
  confirmed->discard();
  if (answer->status < 200 || answer->status > 299) {
    handshake.failure = failure_of_status(answer->status);
    handshake.failure.detail += " to notifications/initialized";
    co_return handshake;
  }
  handshake.ok = true;
  co_return handshake;
}

}  // namespace mcprouter::detail
