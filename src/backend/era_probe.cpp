#include "backend/era_probe.hpp"

#include <string_view>
#include <utility>

#include "backend/message_stream.hpp"
#include "backend/modern_call.hpp"
#include "backend/reply_reader.hpp"
#include "protocol/json_members.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

// Both are kept as long as the backend is known: what is larger than any real one is not.
constexpr std::size_t kMaxCapabilities = 8u << 10;
constexpr std::size_t kMaxInstructions = 64u << 10;
// A modern backend that does not say what it has is asked for everything.
constexpr std::string_view kEverything = R"({"completions":{},"prompts":{},"resources":{},"tools":{}})";

bool says_nothing_of_the_era(int status) {
  return status == 401 || status == 403 || status == 408 || status == 429 || status >= 500;
}

ProbedEra unknown(Reason reason, std::string detail) {
  ProbedEra probed;
  probed.failure = {reason, HttpFailure::none, std::move(detail)};
  return probed;
}

ProbedEra legacy() {
  ProbedEra probed;
  probed.era = Era::legacy;
  return probed;
}

ProbedEra modern(std::string_view capabilities) {
  ProbedEra probed;
  probed.era = Era::modern;
  probed.capabilities = std::make_shared<const std::string>(capabilities);
  return probed;
}

/// The newest of a backend's versions that the router speaks, as its era.
std::optional<Era> newest_era(std::string_view versions) {
  std::optional<Era> era;
  for (const std::string_view element : elements(versions)) {
    const auto version = string_value(element);
    if (version == modern_version) {
      return Era::modern;
    }
    if (version && is_session_version(*version)) {
      era = Era::legacy;
    }
  }
  return era;
}

ProbedEra judge_result(std::string_view result) {
  const auto versions = member(result, "supportedVersions");
  if (!versions || kind_of(*versions) != JsonKind::array) {
    return legacy();
  }
  const std::optional<Era> era = newest_era(*versions);
  if (!era) {
    return unknown(Reason::backend_protocol_error, "the backend speaks no protocol version that the router does");
  }
  if (era == Era::legacy) {
    return legacy();
  }
  const auto capabilities = member(result, "capabilities");
  const bool usable =
      capabilities && kind_of(*capabilities) == JsonKind::object && capabilities->size() <= kMaxCapabilities;
  // Tasks of revisions with sessions are none of a modern backend's (TSK-09).
  ProbedEra probed = modern(usable ? with_members(*capabilities, {{"tasks", std::nullopt}}) : std::string(kEverything));
  if (const auto text = member(result, "instructions"); text && text->size() <= kMaxInstructions) {
    if (auto instructions = string_value(*text)) {
      probed.instructions = std::make_shared<const std::string>(std::move(*instructions));
    }
  }
  return probed;
}

/// What an error means that only modern servers send; nullopt for any other.
std::optional<ProbedEra> judge_modern_error(std::string_view error) {
  const std::string_view code = member(error, "code").value_or("");
  if (code == kHeaderMismatch || code == kMissingClientCapability) {
    return modern(kEverything);
  }
  if (code != kUnsupportedVersion) {
    return std::nullopt;
  }
  const auto data = member(error, "data");
  const auto supported = data ? member(*data, "supported") : std::nullopt;
  if (supported && newest_era(*supported) == Era::legacy) {
    return legacy();
  }
  return unknown(Reason::backend_protocol_error, "the backend speaks no protocol version that the router does");
}

ProbedEra judge(int status, const ReadMessage& read) {
  if (read.message && read.message->message.kind == Message::Kind::error) {
    if (auto probed = judge_modern_error(read.message->message.error)) {
      return std::move(*probed);
    }
  }
  if (says_nothing_of_the_era(status)) {
    ProbedEra probed;
    probed.failure = failure_of_status(status);
    if (probed.failure.reason != Reason::backend_refused) {
      probed.failure.reason = Reason::backend_unavailable;
    }
    return probed;
  }
  if (!read.message && read.failure.failure != HttpFailure::none) {
    ProbedEra probed;
    probed.failure = read.failure;
    return probed;
  }
  if (status == 200 && read.message && read.message->message.kind == Message::Kind::result) {
    return judge_result(read.message->message.result);
  }
  return legacy();
}

}  // namespace

Task<ProbedEra> probe_era(BackendAccess access, const BackendSessionManager::Options& options, BackendPtr backend,
                          Headers passed) {
  const Timeouts& timeouts = options.timeouts;
  const ExchangeTimes times{timeouts.connect, timeouts.handshake, timeouts.handshake};
  const std::string id = quoted(random_id());
  const SessionRecord nobody;
  const auto stream = MessageStream::open(
      access.client, access.executor, access.live,
      modern_request(*backend, passed, request_message(id, "server/discover", {}),
                     request_meta(nobody, options.client_info, Extensions::none), {}, nullptr, times),
      options.limits.max_response, MessageStream::ErrorBodies::read);
  const std::optional<ResponseHead> head = co_await stream->head();
  if (!head) {
    Incoming end = co_await stream->next();
    ProbedEra probed;
    probed.failure = failure_of(end.failure, std::move(end.detail));
    co_return probed;
  }
  const ReadMessage read = co_await read_response(*stream, id, options.limits);
  stream->discard();
  ProbedEra probed = judge(head->status, read);
  if (backend->protocol == Protocol::modern && probed.era == Era::legacy) {
    probed = unknown(Reason::backend_protocol_error, "the backend does not speak 2026-07-28, as it is configured to");
  }
  co_return probed;
}

}  // namespace mcprouter::detail
