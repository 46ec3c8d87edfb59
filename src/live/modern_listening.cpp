#include "live/modern_listening.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>
#include <variant>

#include "backend/reply_reader.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

// An event stream may be quiet for as long as nothing happens.
constexpr std::chrono::milliseconds kForever = std::chrono::hours(24 * 30);
// What says that asking again is of no use.
constexpr int kMethodNotFound = -32601;
constexpr int kInvalidParams = -32602;

}  // namespace

Task<ModernListening::Opened> ModernListening::open(BackendHop hop) {
  {
    MutexLock lock(mutex_);
    hop_ = std::make_shared<const BackendHop>(hop);
  }
  const std::uint64_t number = take_number();
  const ListenPtr listen = co_await begin(std::move(hop));
  if (!listen->failed) {
    audience_->granted(listen->granted);
  }
  const bool useless = !listen->stream && !audience_->may_want_more();
  if (!listen->failed && !useless) {
    if (!install(number, listen)) {
      end(*listen);
    }
    co_return Opened::yes;
  }
  end(*listen);
  leave();
  co_return listen->failed && !listen->refused ? Opened::failed : Opened::nothing;
}

Task<void> ModernListening::carry() {
  while (true) {
    ListenPtr listen;
    std::shared_ptr<const BackendHop> hop;
    {
      MutexLock lock(mutex_);
      listen = current_;
      hop = hop_;
    }
    bool over = false;
    if (listen->stream) {
      while (!over) {
        MessageStream::NextAwaiter next = listen->stream->next();
        Incoming incoming = co_await next;
        over = !hear(*hop, *listen, std::move(incoming));
      }
    } else {
      co_await replaced(listen);
    }
    end(*listen);
    bool was_replaced = false;
    {
      MutexLock lock(mutex_);
      was_replaced = current_ != listen;
    }
    if (!was_replaced || stop_->stopped()) {
      leave();
      co_return;
    }
  }
}

Task<ModernListening::Replaced> ModernListening::replace() {
  std::shared_ptr<const BackendHop> hop;
  {
    MutexLock lock(mutex_);
    hop = hop_;
  }
  Replaced replaced;
  if (!hop) {
    co_return replaced;
  }
  const std::uint64_t number = take_number();
  const ListenPtr listen = co_await begin(*hop);
  replaced.listening = true;
  if (!listen->failed) {
    replaced.granted = listen->granted;
  }
  if (listen->failed || !install(number, listen)) {
    end(*listen);
  }
  co_return replaced;
}

std::uint64_t ModernListening::take_number() {
  MutexLock lock(mutex_);
  return ++last_number_;
}

Task<ModernListening::ListenPtr> ModernListening::begin(BackendHop hop) {
  auto listen = std::make_shared<Listen>();
  const Audience::Entered entered = co_await audience_->enter(hop);
  if (entered != Audience::Entered::yes) {
    listen->failed = true;
    co_return listen;
  }
  const ListenFilter wanted = audience_->wanted(hop);
  if (wanted.empty()) {
    co_return listen;
  }
  listen->id = quoted(random_id());
  stop_->set(listen.get(), [stop = listen->stop] { stop->stop(); });
  const Timeouts& timeouts = hop.options->timeouts;
  Executor& executor = hop.calls.backend.executor;
  const Executor::TimerId deadline = executor.post_after(timeouts.list, [stop = listen->stop] { stop->stop(); });
  CallRequest call;
  call.session = hop.session;
  call.backend = hop.backend;
  call.body = request_message(listen->id, "subscriptions/listen",
                              fmt::format(R"({{"notifications":{}}})", filter_object(wanted)));
  call.passed = hop.passed;
  call.extensions = wanted.tasks.empty() ? Extensions::none : Extensions::tasks;
  call.times = {timeouts.connect, kForever, kForever};
  call.retry_connect = false;
  call.max_message = hop.options->limits.max_response;
  call.stop = listen->stop;
  OpenedCall opened = co_await open_call(hop.calls, std::move(call));
  if (opened.stream) {
    co_await await_acknowledgement(std::move(hop), listen, std::move(opened.stream));
  } else {
    listen->failed = true;
  }
  executor.cancel(deadline);
  co_return listen;
}

Task<void> ModernListening::await_acknowledgement(BackendHop hop, ListenPtr listen,
                                                  std::shared_ptr<MessageStream> stream) {
  const Limits& limits = hop.options->limits;
  while (true) {
    const ReadMessage read = co_await read_next(*stream, limits);
    if (!read.message) {
      listen->failed = true;
      break;
    }
    const Message& message = read.message->message;
    if (responds_to(message, listen->id)) {
      const int code = message.kind == Message::Kind::error ? error_code(message.error) : 0;
      listen->failed = message.kind == Message::Kind::error;
      listen->refused = code == kMethodNotFound || code == kInvalidParams;
      break;
    }
    if (message.method == "notifications/subscriptions/acknowledged") {
      auto granted = read_listen_filter(message.params, limits.max_subscriptions);
      if (auto* filter = std::get_if<ListenFilter>(&granted)) {
        listen->granted = std::move(*filter);
      }
      break;
    }
  }
  if (listen->granted.empty()) {
    stream->discard();
  } else {
    listen->stream = std::move(stream);
  }
}

bool ModernListening::install(std::uint64_t number, const ListenPtr& listen) {
  ListenPtr old;
  {
    MutexLock lock(mutex_);
    if (!hop_ || number < installed_) {
      return false;
    }
    installed_ = number;
    old = std::exchange(current_, listen);
  }
  if (old) {
    old->stop->stop();
  }
  wake();
  return true;
}

void ModernListening::end(const Listen& listen) {
  stop_->clear(&listen);
  if (listen.stream) {
    listen.stream->discard();
  }
}

void ModernListening::leave() {
  ListenPtr left;
  {
    MutexLock lock(mutex_);
    hop_.reset();
    left = std::exchange(current_, nullptr);
  }
  if (left) {
    end(*left);
  }
}

Task<void> ModernListening::replaced(ListenPtr listen) {
  stop_->set(this, [this] { wake(); });
  Callback<bool> waiting([&](std::function<void(bool)> done) {
    {
      MutexLock lock(mutex_);
      if (current_ == listen && !stop_->stopped()) {
        waiter_ = [done = std::move(done)] { done(true); };
        return;
      }
    }
    done(true);
  });
  co_await waiting;
  stop_->clear(this);
}

bool ModernListening::hear(const BackendHop& hop, const Listen& listen, Incoming incoming) {
  const ReadMessage read = read_incoming(*listen.stream, std::move(incoming), hop.options->limits);
  if (!read.message || responds_to(read.message->message, listen.id)) {
    return false;
  }
  const Message& notification = read.message->message;
  const ListKind* const kind = announced_list(notification.method);
  // Nothing else has a place on such a stream (SUB-05).
  if (notification.kind != Message::Kind::notification ||
      (kind == nullptr && notification.method != "notifications/resources/updated" &&
       notification.method != "notifications/tasks")) {
    return true;
  }
  if (kind != nullptr) {
    forget_lists(lists_, hop.backend->name, *kind);
  }
  auto text = std::make_shared<std::string>(
      notification_message(notification.method, without_subscription_id(notification.params)));
  auto stripped = read_message(*text, hop.options->limits);
  if (auto* message = std::get_if<Message>(&stripped)) {
    audience_->hear(hop, {std::move(text), std::move(*message)});
  }
  return true;
}

void ModernListening::wake() {
  std::function<void()> waiter;
  {
    MutexLock lock(mutex_);
    waiter = std::exchange(waiter_, nullptr);
  }
  if (waiter) {
    waiter();
  }
}

void forget_lists(ListCache& lists, const std::string& backend, const ListKind& kind) {
  lists.invalidate(backend, kind.list.method);
  if (kind.list.method == kResourceList.method) {
    lists.invalidate(backend, kTemplateList.method);
  }
}

}  // namespace mcprouter::detail
