#include "router/relay.hpp"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "backend/header_rules.hpp"
#include "backend/reply_reader.hpp"
#include "protocol/json_text.hpp"
#include "router/errors.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

// Requests of a backend that are answered during one call; nothing was declared to it that would explain more.
constexpr int kMaxQuestions = 64;

/// Answers what a backend asks of the router's client side: ping (INIT-09), and nothing else, because nothing else was
/// declared to it.
std::string answer_to(const Message& question) {
  return question.method == "ping" ? result_message(question.id, "{}")
                                   : error_reply(question.id, Reason::method_not_found);
}

/// The response as the client is to get it: as it came, with the id to the letter.
std::string response_for(std::string_view client_id, BackendMessage response) {
  const std::string_view id = response.message.id;
  if (id == client_id) {
    return std::move(*response.text);
  }
  if (id.empty()) {  // an error of a backend that could not read the id
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", client_id, response.message.error);
  }
  return splice(*response.text, {{id, std::string(client_id)}});
}

}  // namespace

Task<Outcome> relay(RouterAccess access, const ClientRequest& request, BackendPtr backend, std::string body,
                    Reply& reply) {
  const RouterOptions& options = request.routes->options();
  const Timeouts& timeouts = options.timeouts;
  const ExchangeTimes times{timeouts.connect, timeouts.call_idle, timeouts.call_total};
  const Headers passed = forwarded_headers(request.headers, backend->headers);
  CallRequest call;
  call.session = request.session;
  call.backend = backend;
  call.body = std::move(body);
  call.passed = passed;
  call.times = times;
  call.max_message = options.limits.max_response;
  const OpenedCall opened = co_await open_call(access.calls, std::move(call));

  UpstreamFailure failure = opened.failure;
  int questions = 0;
  while (opened.stream) {
    ReadMessage read = co_await read_next(*opened.stream, options.limits);
    if (!read.message) {
      failure = read.failure;
      break;
    }
    BackendMessage& message = *read.message;
    if (responds_to(message.message, request.message.id)) {
      std::string response = response_for(request.message.id, std::move(message));
      opened.stream->discard();
      co_await reply.answer(std::move(response));
      co_return Outcome{backend->name};
    }
    if (message.message.kind == Message::Kind::notification) {
      co_await reply.notify(*message.text);
    } else if (message.message.kind == Message::Kind::request) {
      if (++questions > kMaxQuestions) {
        failure = {Reason::backend_protocol_error, HttpFailure::none, "too many requests of the backend in one call"};
        break;
      }
      post_message(access.calls.backend, *backend, *opened.upstream, passed, answer_to(message.message), times,
                   options.limits.max_response);
    }
  }
  if (opened.stream) {
    opened.stream->discard();
  }
  observe(access.observer, [&](Observer& o) { o.backend_failed(backend->name, failure.reason, failure.detail); });
  std::string failed = error_reply(request.message.id, failure.reason, {{}, backend->name});
  co_await reply.answer(std::move(failed));
  co_return Outcome{backend->name, info(failure.reason).name};
}

}  // namespace mcprouter::detail
