#pragma once

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include "mcprouter/http_client.hpp"
#include "wire.hpp"

namespace custom {

/// An HttpClient with a thread and a connection for every exchange. `http` only.
class SocketClient final : public mcprouter::HttpClient {
 public:
  SocketClient() = default;
  ~SocketClient() override {
    std::unique_lock lock(running_->mutex);
    for (Exchange* exchange : running_->exchanges) exchange->cancel();
    running_->changed.wait(lock, [this] { return running_->exchanges.empty(); });
  }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  std::shared_ptr<mcprouter::HttpExchange> exchange(mcprouter::HttpRequest request,
                                                    std::shared_ptr<mcprouter::HttpEvents> events) override {
    return std::make_shared<Exchange>(std::move(request), std::move(events), running_);
  }

 private:
  using Failure = mcprouter::HttpFailure;
  using Time = std::chrono::steady_clock::time_point;

  class Exchange;
  struct Running {
    std::mutex mutex;
    std::condition_variable changed;
    std::set<Exchange*> exchanges;  // guarded by `mutex`; each removes itself before it goes
  };

  class Exchange final : public mcprouter::HttpExchange, public std::enable_shared_from_this<Exchange> {
   public:
    Exchange(mcprouter::HttpRequest request, std::shared_ptr<mcprouter::HttpEvents> events,
             std::shared_ptr<Running> running)
        : request_(std::move(request)),
          events_(std::move(events)),
          running_(std::move(running)),
          wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

    void start() override {
      {
        const std::lock_guard lock(running_->mutex);
        running_->exchanges.insert(this);
      }
      std::thread([self = shared_from_this()] {
        mcprouter::HttpEnd end = self->run();
        self->events_->on_end(std::move(end));
        self->events_ = nullptr;
        const std::lock_guard lock(self->running_->mutex);
        self->running_->exchanges.erase(self.get());
        self->running_->changed.notify_all();
      }).detach();
    }

    void pause() override { paused_ = true; }
    void resume() override {
      paused_ = false;
      wake();
    }
    void cancel() override {
      cancelled_ = true;
      wake();
    }

   private:
    enum class Wait { ready, timed_out, cancelled };

    void wake() {
      const std::uint64_t one = 1;
      if (::write(wake_.get(), &one, sizeof one) < 0) return;  // the counter is full: it is awake
    }

    /// Waits until the socket is ready. While paused, the time for the next byte stands still.
    Wait wait(int socket, short events, std::chrono::milliseconds patience) {
      Time until = std::chrono::steady_clock::now() + patience;
      for (;;) {
        if (cancelled_) return Wait::cancelled;
        const bool paused = paused_ && events == POLLIN;
        const auto now = std::chrono::steady_clock::now();
        if (paused) until = now + patience;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(std::min(until, deadline_) - now);
        if (left.count() <= 0) return Wait::timed_out;
        pollfd watched[2] = {{paused ? -1 : socket, events, 0}, {wake_.get(), POLLIN, 0}};
        ::poll(watched, 2, static_cast<int>(std::min<std::int64_t>(left.count(), 60'000)));
        std::uint64_t count = 0;
        if (::read(wake_.get(), &count, sizeof count) < 0) count = 0;  // it was the other one
        if (watched[0].revents != 0 && !cancelled_) return Wait::ready;
      }
    }

    mcprouter::HttpEnd run() {
      deadline_ = std::chrono::steady_clock::now() + request_.total_timeout;
      constexpr std::string_view scheme = "http://";
      if (request_.url.rfind(scheme, 0) != 0) return {Failure::not_sent, "this client speaks http only"};
      const std::string rest = request_.url.substr(scheme.size());
      const std::size_t slash = std::min(rest.find_first_of("/?"), rest.size());
      const std::string authority = rest.substr(0, slash);
      const std::string path = rest.substr(slash);

      Fd socket;
      if (mcprouter::HttpEnd end = connect(authority, socket); end.failure != Failure::none) return end;
      if (mcprouter::HttpEnd end = send(socket.get(), authority, path); end.failure != Failure::none) return end;
      return receive(socket.get());
    }

    static mcprouter::HttpEnd failed(Wait wait, Failure on_timeout, const char* detail) {
      return wait == Wait::cancelled ? mcprouter::HttpEnd{Failure::cancelled, "cancelled"}
                                     : mcprouter::HttpEnd{on_timeout, detail};
    }

    mcprouter::HttpEnd connect(const std::string& authority, Fd& connected) {
      const std::size_t colon = authority.rfind(':');
      const bool has_port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
      std::string host = has_port ? authority.substr(0, colon) : authority;
      const std::string port = has_port ? authority.substr(colon + 1) : "80";
      if (host.size() > 1 && host.front() == '[') host = host.substr(1, host.size() - 2);

      addrinfo hints{};
      hints.ai_socktype = SOCK_STREAM;
      addrinfo* found = nullptr;
      if (::getaddrinfo(host.c_str(), port.c_str(), &hints, &found) != 0) return {Failure::not_sent, "unknown host"};
      const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
      for (const addrinfo* address = found; address != nullptr; address = address->ai_next) {
        Fd socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (!socket) continue;
        if (::connect(socket.get(), address->ai_addr, address->ai_addrlen) != 0) {
          if (errno != EINPROGRESS) continue;
          const Wait waited = wait(socket.get(), POLLOUT, request_.connect_timeout);
          if (waited == Wait::cancelled) return failed(waited, Failure::not_sent, "");
          if (waited == Wait::timed_out) continue;
          int error = 0;
          socklen_t size = sizeof error;
          ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
          if (error != 0) continue;
        }
        connected = std::move(socket);
        return {};
      }
      return {Failure::not_sent, "no connection"};
    }

    mcprouter::HttpEnd send(int socket, const std::string& authority, const std::string& path) {
      mcprouter::Headers headers{{"Host", authority}, {"Connection", "close"}};
      if (!request_.body.empty() || request_.method == "POST") {
        headers.add("Content-Length", std::to_string(request_.body.size()));
      }
      for (const mcprouter::HeaderField& field : request_.headers) headers.add(field.name, field.value);
      const std::string target = path.empty() || path.front() == '?' ? "/" + path : path;
      const std::string text = format_head(request_.method + " " + target + " HTTP/1.1", headers) + request_.body;
      for (std::size_t sent = 0; sent < text.size();) {
        const Wait waited = wait(socket, POLLOUT, request_.idle_timeout);
        if (waited != Wait::ready) return failed(waited, Failure::timeout, "the backend takes no more");
        const ssize_t took = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (took < 0 && errno != EAGAIN && errno != EINTR) return {Failure::broken, "the connection broke"};
        if (took > 0) sent += static_cast<std::size_t>(took);
      }
      return {};
    }

    mcprouter::HttpEnd receive(int socket) {
      std::string in;
      std::optional<BodyReader> body;
      for (;;) {
        while (!body) {
          const std::size_t end = in.find("\r\n\r\n");
          if (end == std::string::npos) break;
          const std::optional<Head> head = parse_head(std::string_view(in).substr(0, end + 4));
          in.erase(0, end + 4);
          if (!head || !take_head(*head, body)) return {Failure::broken, "the answer is no HTTP"};
        }
        if (!body && in.size() > max_head) return {Failure::broken, "the head is too long"};
        if (body) {
          std::string part;
          if (!body->feed(in, part)) return {Failure::broken, "the body is no HTTP"};
          if (!part.empty()) events_->on_body(part);
          if (body->done()) return {};
        }
        const Wait waited = wait(socket, POLLIN, request_.idle_timeout);
        if (waited != Wait::ready) return failed(waited, Failure::timeout, "no answer in time");
        char buffer[16u << 10];
        const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (got == 0 && body && body->may_end()) return {};
        if (got <= 0) return {Failure::broken, "the connection broke"};
        in.append(buffer, static_cast<std::size_t>(got));
      }
    }

    /// Hands a final head on and finds out how its body comes. Returns false if it is no HTTP.
    bool take_head(const Head& head, std::optional<BodyReader>& body) {
      const std::string& line = head.start_line;
      if (line.size() < 12 || line.rfind("HTTP/1.", 0) != 0 || line[8] != ' ') return false;
      int status = 0;
      const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
      if (error != std::errc() || end != line.data() + 12 || status < 100) return false;
      if (status < 200) return status != 101;  // interim: the final one follows
      const bool bodiless = status == 204 || status == 304 || request_.method == "HEAD";
      body = bodiless ? BodyReader::none() : BodyReader::of(head.headers, true);
      if (body) events_->on_head({status, head.headers});
      return body.has_value();
    }

    const mcprouter::HttpRequest request_;
    std::shared_ptr<mcprouter::HttpEvents> events_;
    const std::shared_ptr<Running> running_;
    const Fd wake_;
    Time deadline_;
    std::atomic<bool> paused_ = false;
    std::atomic<bool> cancelled_ = false;
  };

  const std::shared_ptr<Running> running_ = std::make_shared<Running>();
};

}  // namespace custom
