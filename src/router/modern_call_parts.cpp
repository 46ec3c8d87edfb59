#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "protocol/json_text.hpp"
#include "protocol/result_stream.hpp"
#include "router/modern_call.hpp"
#include "support/observe.hpp"

// How a ModernCall hands a large result on.

namespace mcprouter::detail {
namespace {

constexpr int kInternalError = -32603;

}  // namespace

Task<Outcome> ModernCall::pass_on(const ClientRequest& request, Reply& reply, Event event,
                                  const ResultHook& on_result) {
  const std::string& backend = exchange_.hop().backend->name;
  bool is_complete = true;
  std::vector<ResultEdit> edits = on_result.edits;
  if (!live_) {
    static const std::vector<JsonPaths::Way> result_type = {{"resultType"}};
    edits.push_back({result_type, [&is_complete](std::string_view written) {
                       is_complete = string_value(written) == "complete";
                       return std::optional<std::string>();
                     }});
  }
  ResultStream response(exchange_.id(), request.message.id, options().limits, edits);
  UpstreamFailure failure{Reason::backend_protocol_error, HttpFailure::none, "not the complete result"};
  while (true) {
    const ResponsePart& part = *event.read.part;
    std::string text;
    if (!response.feed(part.text, text) || !is_complete || (part.last && !response.finish())) {
      break;
    }
    const bool taken = co_await reply.answer_part(std::move(text));
    const bool last = part.last;
    event.taken(true);
    std::optional<Event> next;
    if (last) {
      finish();
      if (on_result.on_result) {
        on_result.on_result();
      }
      reply.end_parts();
      co_return Outcome{backend};
    }
    if (taken) {
      next = co_await next_part();
    }
    if (!next) {
      abandon();
      reply.cut_off();
      co_return Outcome{backend, "cancelled"};
    }
    event = std::move(*next);
    if (!event.read.part) {
      failure = std::move(event.read.failure);
      break;
    }
  }
  exchange_.hop().call->end(RunningCall::Ended::cancelled);  // nobody reads the rest
  event.taken(true);
  if (!reply.cut_off()) {
    co_return co_await fail(request, reply, std::move(failure));
  }
  finish();
  observe(access_.observer, [&](Observer& o) { o.backend_failed(backend, failure.reason, failure.detail); });
  co_return Outcome{backend, info(failure.reason).name};
}

Task<std::optional<ModernCall::Event>> ModernCall::next_part() {
  while (true) {
    Mailbox<Event>::Awaiter next = events_.next();
    Event event = co_await next;
    if (event.kind == Event::Kind::said) {
      co_return event;
    }
    if (event.kind == Event::Kind::gone && event.round == rounds_) {
      co_return std::nullopt;
    }
    if (event.kind == Event::Kind::asked) {
      const Message& asked = event.read.message->message;
      if (asked.kind == Message::Kind::request) {  // too late: the call has its result
        post(error_message(asked.id, kInternalError, "The call is over.", {}));
      }
      event.taken(true);
    }
  }
}

}  // namespace mcprouter::detail
