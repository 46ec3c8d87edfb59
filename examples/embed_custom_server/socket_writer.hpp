#pragma once

#include <poll.h>
#include <sys/eventfd.h>

#include <functional>
#include <mutex>
#include <system_error>

#include "mcprouter/http.hpp"
#include "wire.hpp"

namespace custom {

/// Answers one request on one connection.
///
/// The router writes into a queue, from any thread; `pump`, on the connection's own thread, carries it to the socket.
class SocketWriter final : public mcprouter::ResponseWriter {
 public:
  explicit SocketWriter(bool head_only) : head_only_(head_only), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake_) throw std::system_error(errno, std::generic_category(), "eventfd");
  }

  void respond(mcprouter::Response response) override {
    const bool bodiless = response.status == 204 || response.status == 304;
    if (!bodiless) response.headers.set("Content-Length", std::to_string(response.body.size()));
    std::string text = format_head(status_line(response.status), response.headers);
    if (!bodiless && !head_only_) text += response.body;
    queue(text, true);
  }

  void start(mcprouter::ResponseHead head) override {
    head.headers.set("Transfer-Encoding", "chunked");
    queue(format_head(status_line(head.status), head.headers), false);
  }

  bool write(std::string_view chunk) override {
    if (chunk.empty() || head_only_) return true;  // an empty chunk would be the last one
    char size[20];
    const auto [end, error] = std::to_chars(size, size + sizeof size, chunk.size(), 16);
    (void)error;
    return queue(std::string(size, end).append("\r\n").append(chunk).append("\r\n"), false);
  }

  void finish() override { queue(head_only_ ? "" : "0\r\n\r\n", true); }

  void abort() override {
    {
      const std::lock_guard lock(mutex_);
      aborted_ = true;
    }
    wake();
  }

  void listen(std::function<void(Event)> listener) override {
    {
      const std::lock_guard lock(mutex_);
      if (!closed_) {
        listener_ = std::move(listener);
        return;
      }
    }
    listener(Event::closed);
  }

  /// Carries the answer to the socket. Blocks until it ended; returns whether the connection can serve another one.
  bool pump(int socket) {
    for (;;) {
      std::string out;
      bool ended = false;
      bool aborted = false;
      std::function<void(Event)> listener;
      {
        const std::lock_guard lock(mutex_);
        out.swap(out_);
        ended = ended_;
        aborted = aborted_;
        if (ended || aborted) listener_ = nullptr;
        if (full_ && !ended) listener = listener_;
        full_ = false;
      }
      if (aborted) return false;
      if (!send_all(socket, out)) return lost();
      if (ended) return true;
      if (listener) listener(Event::writable);
      if (client_left(socket)) return lost();
    }
  }

 private:
  static constexpr std::size_t queue_limit = 256u << 10;

  static std::string status_line(int status) {
    // The words after the number are for people (RFC 9112 4); none is a valid choice, and saves a table.
    return "HTTP/1.1 " + std::to_string(status) + " ";
  }

  bool queue(const std::string& text, bool last) {
    bool full = false;
    {
      const std::lock_guard lock(mutex_);
      if (closed_ || aborted_) return true;
      out_ += text;
      ended_ = ended_ || last;
      full = full_ = out_.size() >= queue_limit;
    }
    wake();
    return !full;
  }

  void wake() {
    const std::uint64_t one = 1;
    if (::write(wake_.get(), &one, sizeof one) < 0) return;  // the counter is full: it is awake
  }

  /// Waits for news from the router or from the client; returns whether the client left.
  bool client_left(int socket) {
    pollfd watched[2] = {{socket, POLLRDHUP, 0}, {wake_.get(), POLLIN, 0}};
    ::poll(watched, 2, -1);
    std::uint64_t count = 0;
    if (::read(wake_.get(), &count, sizeof count) < 0) count = 0;  // it was the other one
    return watched[0].revents != 0;
  }

  bool lost() {
    std::function<void(Event)> listener;
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
      out_.clear();
      if (!ended_ && !aborted_) listener.swap(listener_);
      listener_ = nullptr;
    }
    if (listener) listener(Event::closed);
    return false;
  }

  static bool send_all(int socket, std::string_view text) {
    while (!text.empty()) {
      const ssize_t sent = ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  const bool head_only_;
  const Fd wake_;
  std::mutex mutex_;
  std::string out_;                      // guarded by `mutex_`, as are the following
  std::function<void(Event)> listener_;  // called without the lock
  bool full_ = false;
  bool ended_ = false;
  bool aborted_ = false;
  bool closed_ = false;
};

}  // namespace custom
