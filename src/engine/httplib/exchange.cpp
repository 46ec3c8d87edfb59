#include "engine/httplib/exchange.hpp"

#include <httplib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/httplib/wire.hpp"

namespace mcprouter::detail {
namespace {

using std::chrono::milliseconds;

template <typename Setter>
void set_time(milliseconds time, Setter setter) {
  // 0 means "do not wait at all" or "for ever", depending on the place. Releases that use poll(2) count milliseconds
  // in an int, so that the longest time is 24 days.
  time = std::clamp(time, milliseconds{1}, milliseconds{std::numeric_limits<int>::max()});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
  setter(static_cast<time_t>(seconds.count()), static_cast<time_t>(std::chrono::microseconds(time - seconds).count()));
}

}  // namespace

Exchange::Exchange(std::shared_ptr<ExchangeHost> host, HttpRequest request, Target target,
                   std::shared_ptr<HttpEvents> events)
    : host_(std::move(host)), request_(std::move(request)), target_(std::move(target)), events_(std::move(events)) {}

Exchange::~Exchange() = default;

void Exchange::start() {
  const bool stays_open = request_.method == "GET";
  auto place = stays_open ? host_->stream_place() : nullptr;
  const bool refused = stays_open && place == nullptr;
  {
    MutexLock lock(mutex_);
    phase_ = Phase::queued;
    place_ = std::move(place);
    total_timer_ = host_->executor().post_after(request_.total_timeout, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->stop(HttpFailure::timeout, "the answer took too long");
    });
  }
  const auto self = shared_from_this();
  if (!host_->begin(self)) {
    end_unsent(HttpFailure::cancelled, "the client is going away");
  } else if (stopped()) {
    // `cancel` came before `start`, and has waited for it.
    host_->executor().post([self] { self->end_unsent(HttpFailure::cancelled, "cancelled"); });
  } else if (refused) {
    host_->executor().post([self] { self->end_unsent(HttpFailure::not_sent, "too many streams are open"); });
  } else {
    host_->run([self] { self->work(); });
  }
}

void Exchange::pause() {
  MutexLock lock(mutex_);
  paused_ = true;
}

void Exchange::resume() {
  MutexLock lock(mutex_);
  paused_ = false;
  changed_.notify_all();
}

void Exchange::cancel() { stop(HttpFailure::cancelled, "cancelled"); }

void Exchange::stop(HttpFailure why, std::string detail) {
  {
    MutexLock lock(mutex_);
    if (phase_ == Phase::ended || stop_.failure != HttpFailure::none) return;
    stop_ = {why, detail};
    socket_.shut_down();
    changed_.notify_all();
    if (phase_ != Phase::queued && phase_ != Phase::resolving) return;
  }
  const HttpFailure failure = why == HttpFailure::cancelled ? why : HttpFailure::not_sent;
  host_->executor().post([self = shared_from_this(), failure, detail = std::move(detail)]() mutable {
    self->end_unsent(failure, std::move(detail));
  });
}

bool Exchange::stopped() {
  MutexLock lock(mutex_);
  return stop_.failure != HttpFailure::none;
}

void Exchange::work() {
  if (!advance(Phase::queued, Phase::resolving)) return;
  auto reusable = host_->pool().take(target_.destination);
  const auto addresses = reusable == nullptr ? look_up() : std::vector<std::string>{};
  if (!advance(Phase::resolving, Phase::running)) return;

  httplib::Request request = to_httplib(request_, target_);
  request.response_handler = [this](const httplib::Response& response) { return take_head(response); };
  request.content_receiver = [this](const char* data, std::size_t size, auto, auto) { return take_body({data, size}); };
  if (reusable != nullptr) {
    set_time(request_.connect_timeout, [&](time_t s, time_t us) { reusable->client().set_connection_timeout(s, us); });
    end_running(send_on(std::move(reusable), request, true));
    return;
  }

  Outcome outcome = Outcome::not_connected;
  failure_ = addresses.empty() ? "the name has no address" : "connecting took too long";
  const TimePoint give_up = Clock::now() + request_.connect_timeout;
  for (const std::string& address : addresses) {
    const auto left = std::chrono::duration_cast<milliseconds>(give_up - Clock::now());
    if (left <= milliseconds::zero() || stopped()) break;
    auto connection = host_->connect(target_.destination, address);
    if (!connection->usable()) {
      failure_ = "no TLS";
      break;
    }
    set_time(left, [&](time_t s, time_t us) { connection->client().set_connection_timeout(s, us); });
    outcome = send_on(std::move(connection), request, false);
    if (outcome != Outcome::not_connected) break;
  }
  end_running(outcome);
}

bool Exchange::advance(Phase from, Phase to) {
  MutexLock lock(mutex_);
  if (phase_ != from || stop_.failure != HttpFailure::none) return false;
  phase_ = to;
  return true;
}

std::vector<std::string> Exchange::look_up() {
  if (is_address(target_.destination.host)) return {target_.destination.host};
  // The resolver can be neither timed nor woken: the exchange ends without it, and this thread comes back later.
  const auto timer = host_->executor().post_after(request_.connect_timeout, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->end_unsent(HttpFailure::not_sent, "the name lookup took too long");
  });
  auto addresses = resolve(target_.destination.host);
  host_->executor().cancel(timer);
  return addresses;
}

Exchange::Outcome Exchange::send_on(std::unique_ptr<Connection> connection, httplib::Request& request, bool reused) {
  httplib::ClientImpl& client = connection->client();
  set_time(request_.idle_timeout, [&](time_t s, time_t us) {
    client.set_read_timeout(s, us);
    client.set_write_timeout(s, us);
  });
  {
    MutexLock lock(mutex_);
    if (reused) socket_ = SocketHandle(connection->socket());
    if (stop_.failure != HttpFailure::none) socket_.shut_down();
    // A pooled plain connection that closed since it was looked at is found so before anything is written. Over TLS
    // that may be found only after the request was written, and current releases then connect and write once more.
    connects_left_ = reused && target_.destination.tls ? 0 : 1;
    refused_connect_ = false;
  }
  connection->on_socket([this](int socket) { use_socket(socket); });
  last_byte_ = Clock::now();
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  const bool sent = client.send(request, response, error);
  connection->on_socket(nullptr);

  // There is no body to call back for after 204, nor a head.
  const bool complete = (sent && (head_given_ || take_head(response))) || body_done_;
  bool refused_connect = false;
  {
    MutexLock lock(mutex_);
    refused_connect = refused_connect_;
    socket_ = SocketHandle();
    close_after_ = close_after_ || stop_.failure != HttpFailure::none;
  }
  if (complete) {
    if (sent && !close_after_ && connection->open()) host_->pool().put(std::move(connection));
    return Outcome::complete;
  }
  if (failure_.empty() || !head_given_) failure_ = httplib::to_string(error);
  return means_not_connected(error) && !refused_connect ? Outcome::not_connected : Outcome::failed;
}

void Exchange::use_socket(int socket) {
  MutexLock lock(mutex_);
  socket_ = SocketHandle(socket);
  if (connects_left_ > 0 && stop_.failure == HttpFailure::none) {
    --connects_left_;
    return;
  }
  refused_connect_ = stop_.failure == HttpFailure::none;
  socket_.shut_down();
}

bool Exchange::take_head(const httplib::Response& response) {
  last_byte_ = Clock::now();
  if (stopped()) return false;
  failure_ = flaw_of(response);
  head_given_ = true;
  if (!failure_.empty()) return false;
  ResponseHead head = from_httplib(response);
  close_after_ = has_token(head.headers.joined("Connection"), "close") ||
                 (head.headers.has("Transfer-Encoding") && head.headers.has("Content-Length"));
  // No body follows, but cpp-httplib 0.11 would read one to the end of the connection.
  body_done_ = response.status == 304;
  events_->on_head(std::move(head));
  return !body_done_;
}

bool Exchange::take_body(std::string_view chunk) {
  {
    MutexLock lock(mutex_);
    while (paused_ && stop_.failure == HttpFailure::none) changed_.wait(lock);
    if (stop_.failure != HttpFailure::none) return false;
  }
  events_->on_body(chunk);
  last_byte_ = Clock::now();
  return !stopped();
}

void Exchange::end_unsent(HttpFailure why, std::string detail) {
  Executor::TimerId timer = 0;
  {
    MutexLock lock(mutex_);
    if (phase_ != Phase::queued && phase_ != Phase::resolving) return;
    phase_ = Phase::ended;
    timer = total_timer_;
  }
  deliver_end({why, std::move(detail)}, timer);
}

void Exchange::end_running(Outcome outcome) {
  HttpEnd end;
  Executor::TimerId timer = 0;
  {
    MutexLock lock(mutex_);
    phase_ = Phase::ended;
    timer = total_timer_;
    if (stop_.failure == HttpFailure::cancelled) {
      end = stop_;
    } else if (outcome == Outcome::not_connected) {
      end = {HttpFailure::not_sent, failure_};
    } else if (stop_.failure == HttpFailure::timeout) {
      // Even if it looks whole: a body without a length ends where the connection does, by our own hand too.
      end = stop_;
    } else if (outcome == Outcome::failed) {
      const bool idle = Clock::now() - last_byte_ >= request_.idle_timeout;
      end = idle ? HttpEnd{HttpFailure::timeout, "no byte came in time"} : HttpEnd{HttpFailure::broken, failure_};
    }
  }
  deliver_end(std::move(end), timer);
}

void Exchange::deliver_end(HttpEnd end, Executor::TimerId timer) {
  if (timer != 0) host_->executor().cancel(timer);
  place_ = nullptr;
  events_->on_end(std::move(end));
  events_ = nullptr;
  host_->ended(*this);
}

}  // namespace mcprouter::detail
