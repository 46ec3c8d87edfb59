#include "router/reply.hpp"

#include <utility>

#include "router/errors.hpp"

namespace mcprouter::detail {

HttpReply::HttpReply(std::shared_ptr<ResponseWriter> writer, Accept accept, Executor& executor,
                     std::chrono::milliseconds keep_alive)
    : writer_(std::move(writer)), accept_(accept), executor_(executor), keep_alive_(keep_alive) {}

HttpReply::~HttpReply() {
  if (ended_) {
    return;
  }
  set_ended();
  try {
    if (body_) {
      body_->abort();
    } else if (stream_) {
      stream_->cut();
      stream_->end();
    } else {
      writer_->respond(refusal(Reason::internal_error));
    }
  } catch (...) {  // a writer that throws has nobody left to tell
  }
}

void HttpReply::add_header(std::string_view name, std::string_view value) { headers_.set(name, value); }

/// What stands in whatever the answer is.
Headers HttpReply::take_headers() {
  Headers headers = std::exchange(headers_, {});
  if (session_) {
    headers.add("MCP-Protocol-Version", session_->protocol_version);
  }
  return headers;
}

void HttpReply::belong_to(LiveSessions& live, SessionPtr session, RoutesPtr routes) {
  sessions_ = &live;
  session_ = std::move(session);
  routes_ = std::move(routes);
}

void HttpReply::begin() {
  if (stream_ || !takes_streams()) {
    return;
  }
  if (sessions_ != nullptr) {
    live_ = sessions_->get(*session_, options_of(routes_));
  }
  if (live_) {
    stream_ = live_->open_answer();
  } else {
    ClientStream::Settings settings;
    settings.keep_alive = keep_alive_;
    stream_ = std::make_shared<ClientStream>(executor_, std::string(), settings, nullptr);
  }
  stream_->attach(writer_, stream_head(), 0, gone_);
}

Task<void> HttpReply::notify(std::string_view message) {
  begin();
  if (stream_) {
    co_await write_event(message);
  }
}

Task<void> HttpReply::answer(std::string response) {
  if (answers_json()) {
    set_ended();
    Response whole{200, take_headers(), std::move(response)};
    whole.headers.add("Content-Type", "application/json");
    writer_->respond(std::move(whole));
    co_return;
  }
  begin();
  stream_->add(response);
  finish_stream();
}

Task<bool> HttpReply::answer_part(std::string part) {
  if (part.empty()) {
    co_return true;
  }
  if (!body_ && answers_json()) {
    body_ = std::make_shared<BodyWriter>(writer_, gone_);
    ResponseHead head{200, take_headers()};
    head.headers.add("Content-Type", "application/json");
    body_->start(std::move(head));
  }
  if (body_) {
    body_->write(part);
    BodyWriter& body = *body_;
    BodyWriter::TakenAwaiter taken = body.taken();
    co_return co_await taken;
  }
  begin();
  if (live_ && !event_begun_) {
    gathered_.append(part);
    if (gathered_.size() <= routes_->options().limits.max_replay_bytes) {
      co_return true;
    }
    part = std::exchange(gathered_, {});
  }
  event_begun_ = true;
  ClientStream& stream = *stream_;
  if (!stream.add_part(part, false)) {
    co_return false;
  }
  ClientStream::DrainedAwaiter drained = stream.drained();
  co_await drained;
  co_return true;
}

void HttpReply::end_parts() {
  if (body_) {
    set_ended();
    body_->finish();
    return;
  }
  if (event_begun_) {
    stream_->add_part({}, true);
  } else {
    stream_->add(gathered_);
  }
  finish_stream();
}

bool HttpReply::cut_off() {
  gathered_.clear();
  if (body_) {
    set_ended();
    body_->abort();
  } else if (event_begun_) {
    stream_->cut();
    finish_stream();
  }
  return ended_;
}

void HttpReply::give_up() {
  begin();
  if (stream_) {
    finish_stream();
  } else {
    respond({204, {}, {}});
  }
}

void HttpReply::watch_client(std::function<void()> gone) {
  ended_watch_ = std::make_shared<std::atomic<bool>>(false);
  gone_ = [ended = ended_watch_, gone = std::move(gone)] {
    if (!*ended) {
      gone();
    }
  };
  writer_->listen([gone = gone_](ResponseWriter::Event event) {
    if (event == ResponseWriter::Event::closed) {
      gone();
    }
  });
}

void HttpReply::set_ended() {
  ended_ = true;
  if (ended_watch_) {
    *ended_watch_ = true;
  }
}

void HttpReply::respond(Response response) {
  set_ended();
  response.headers.add(take_headers());
  writer_->respond(std::move(response));
}

ClientStream::Attached HttpReply::hand_over(ClientStream& stream, std::uint64_t after, std::function<void()> detached) {
  const Headers headers = headers_;
  const auto attached = stream.attach(writer_, stream_head(), after, std::move(detached));
  if (attached == ClientStream::Attached::yes) {
    set_ended();
  } else {
    headers_ = headers;
  }
  return attached;
}

void HttpReply::finish_stream() {
  set_ended();
  stream_->end();
  if (live_) {
    live_->keep_within_bounds();
  }
}

bool HttpReply::answers_json() const { return !stream_ && accept_.json > 0 && accept_.json >= accept_.sse; }

ResponseHead HttpReply::stream_head() {
  ResponseHead head{200, take_headers()};
  head.headers.add("Content-Type", "text/event-stream");
  head.headers.add("Cache-Control", "no-cache");
  head.headers.add("X-Accel-Buffering", "no");  // a buffering proxy would hold back what streams are for (HTTP-14)
  return head;
}

Task<void> HttpReply::write_event(std::string_view message) {
  stream_->add(message);
  if (live_) {
    live_->keep_within_bounds();
  }
  ClientStream& stream = *stream_;
  ClientStream::DrainedAwaiter drained = stream.drained();
  co_await drained;
}

Task<void> BatchReply::notify(std::string_view message) { co_await whole_.notify(message); }

Task<void> BatchReply::answer(std::string response) {
  if (whole_.takes_streams()) {
    co_await whole_.notify(response);
    co_return;
  }
  array_ += array_.empty() ? '[' : ',';
  array_ += response;
}

Task<void> BatchReply::finish() {
  if (whole_.takes_streams()) {
    whole_.begin();
    whole_.finish_stream();
    co_return;
  }
  array_ += array_.empty() ? "[]" : "]";
  co_await whole_.answer(std::move(array_));
}

}  // namespace mcprouter::detail
