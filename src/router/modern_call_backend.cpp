#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "protocol/message.hpp"
#include "protocol/task_translation.hpp"
#include "router/legacy_task.hpp"
#include "router/modern_call.hpp"
#include "support/await.hpp"

// The backend's side of a ModernCall: what sends the request and says what comes of it.

namespace mcprouter::detail {
namespace {

using Acquired = BackendSessionManager::Acquired;

// How long a call waits for the stream that is opened before it, as in backend_listener.
constexpr std::chrono::milliseconds kPatienceToListen{500};

}  // namespace

void ModernCall::start(std::string id, std::string body, Manner manner) {
  access_.background(pump(shared_from_this(), std::move(id), std::move(body), manner));
}

Task<void> ModernCall::pump(std::shared_ptr<ModernCall> self, std::string id, std::string body, Manner manner) {
  BackendExchange::BeforeSend before_send;
  if (manner.asks && self->live_) {
    before_send = [self, began = false](std::function<void(bool)> done) mutable {
      if (std::exchange(began, true)) {
        done(true);
      } else {
        self->access_.background(listen(self, std::move(done)));
      }
    };
  }
  if (manner.as_task) {
    co_await self->pump_task(std::move(id), std::move(body), std::move(before_send));
    co_return;
  }
  const bool answered =
      co_await self->pump_request(std::move(id), std::move(body), std::move(before_send), Large::in_parts);
  if (!answered && self->exchange_.hop().call->ended == RunningCall::Ended::cancelled) {
    co_await self->exchange_.tell_cancelled("The client went away.");
  }
}

Task<void> ModernCall::pump_task(std::string id, std::string body, BackendExchange::BeforeSend before_send) {
  const BackendHop hop = exchange_.hop();
  CreatedTask created = co_await create_task(hop, std::move(body));
  if (created.id.empty()) {
    const Event::Kind kind = created.response.message ? Event::Kind::answered : Event::Kind::said;
    co_await say(kind, std::move(created.response));
    co_return;
  }
  std::string wait = request_message(id, "tasks/result", about_task(created.id));
  const bool answered = co_await pump_request(std::move(id), std::move(wait), std::move(before_send), Large::whole);
  if (!answered) {
    co_await cancel_task(hop, std::move(created.id));
  }
}

Task<bool> ModernCall::pump_request(std::string id, std::string body, BackendExchange::BeforeSend before_send,
                                    Large large) {
  std::optional<UpstreamFailure> failure =
      co_await exchange_.send(std::move(id), std::move(body), std::move(before_send), large);
  if (!failure) {
    note_upstream(exchange_.hop().upstream);
  }
  while (!failure) {
    ReadMessage read = co_await exchange_.next();
    if (read.part) {
      const bool last = read.part->last;
      if (last) {
        exchange_.finish();
      }
      co_await say(Event::Kind::said, std::move(read));
      if (last) {
        co_return true;
      }
      continue;
    }
    if (!read.message) {
      failure = std::move(read.failure);
      break;
    }
    const Message& message = read.message->message;
    if (exchange_.is_response(*read.message)) {
      exchange_.finish();
      co_await say(Event::Kind::answered, std::move(read));
      co_return true;
    }
    if (message.kind == Message::Kind::request && message.method == "ping") {
      post(result_message(message.id, "{}"));
      continue;
    }
    co_await say(Event::Kind::said, std::move(read));
  }
  ReadMessage nothing_more{std::nullopt, std::move(*failure)};
  co_await say(Event::Kind::said, std::move(nothing_more));
  co_return false;
}

/// Many servers ask over the stream of GET, also for what they need in a call: so it has to be open.
Task<void> ModernCall::listen(std::shared_ptr<ModernCall> self, std::function<void(bool)> done) {
  const auto told = std::make_shared<std::atomic<bool>>(false);
  const auto go_on = [told, done = std::move(done)] {
    if (!told->exchange(true)) {
      done(true);
    }
  };
  const BackendHop& hop = self->exchange_.hop();
  Callback<Acquired> acquiring([&](std::function<void(Acquired)> acquired) {
    hop.calls.upstreams.acquire(hop.calls.store.find(hop.session->id, self->executor().now()), hop.backend, hop.passed,
                                std::move(acquired));
  });
  const Acquired acquired = co_await acquiring;
  if (!acquired.upstream) {
    go_on();
    co_return;
  }
  self->note_upstream(acquired.upstream);
  const Timeouts& timeouts = self->options().timeouts;
  const auto stream = MessageStream::open(
      hop.calls.backend.client, self->executor(), hop.calls.backend.live,
      upstream_listening(*hop.backend, hop.passed, {acquired.upstream->id, acquired.upstream->protocol_version}, {},
                         {timeouts.connect, timeouts.call_total, timeouts.call_total}),
      self->options().limits.max_response);
  interrupt_on(*self->listening_, self.get(), stream);
  const Executor::TimerId patience = self->executor().post_after(kPatienceToListen, go_on);
  const std::optional<ResponseHead> head = co_await stream->head();
  self->executor().cancel(patience);
  go_on();
  const bool listens = head && head->status >= 200 && head->status < 300 && stream->is_event_stream();
  while (listens) {
    ReadMessage read = co_await read_next(*stream, self->options().limits);
    if (!read.message) {
      break;
    }
    if (read.message->message.kind == Message::Kind::request) {
      co_await self->say(Event::Kind::asked, std::move(read));
    }
  }
  self->listening_->clear(self.get());
  stream->discard();
}

Task<void> ModernCall::say(Event::Kind kind, ReadMessage read) {
  // One at a time: what the backend says faster waits in the stream, which pauses the backend.
  Callback<bool> saying([&](std::function<void(bool)> done) {
    auto taken = std::make_shared<std::function<void(bool)>>(std::move(done));
    if (!events_.push({kind, std::move(read), [taken](bool was) { (*taken)(was); }})) {
      (*taken)(false);
    }
  });
  co_await saying;
}

}  // namespace mcprouter::detail
