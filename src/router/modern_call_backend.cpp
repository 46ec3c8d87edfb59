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

void ModernCall::start(std::string id, std::string body, Manner manner) {
  access_.background(pump(shared_from_this(), std::move(id), std::move(body), manner));
}

Task<void> ModernCall::pump(std::shared_ptr<ModernCall> self, std::string id, std::string body, Manner manner) {
  BackendExchange::BeforeSend before_send;
  if (manner.asks && self->live_) {
    before_send = [call = self.get()](const UpstreamPtr& upstream) { return call->listen(upstream); };
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

Task<void> ModernCall::listen(UpstreamPtr upstream) {
  const std::shared_ptr<RunningCall> call = exchange_.hop().call;
  const std::shared_ptr<CallListening> listening = live_->call_listening(*upstream);
  std::shared_ptr<CallListening> before;
  {
    MutexLock lock(mutex_);
    upstream_ = upstream;
    before = std::exchange(listening_, listening);
  }
  if (before == listening) {
    co_return;
  }
  if (before) {
    before->leave(call);
  }
  CallListening::Hear hear = [weak = weak_from_this()](ReadMessage read, std::function<void(bool)> taken) {
    const auto hears = weak.lock();
    return hears && hears->events_.push({Event::Kind::asked, std::move(read), std::move(taken)});
  };
  Callback<bool> joining([&](std::function<void(bool)> done) {
    const std::shared_ptr<StopSignal> opens =
        listening->join(call, std::move(hear), [done = std::move(done)] { done(true); });
    if (over_) {
      listening->leave(call);
    }
    if (opens) {
      BackendHop hop = exchange_.hop();
      hop.call = nullptr;  // others may listen for longer
      hop.upstream = upstream;
      access_.background(CallListening::listen(listening, opens, std::move(hop)));
    }
  });
  co_await joining;
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
