#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <set>
#include <thread>

#include "socket_writer.hpp"

namespace custom {

/// A small HTTP/1.1 server on 127.0.0.1: a thread per connection, one path, everything else 404.
///
/// Thread safety: one thread at a time. Lifetime: destruction waits for answers that are being written.
class SocketServer {
 public:
  using Handler = std::function<void(mcprouter::Request, std::shared_ptr<mcprouter::ResponseWriter>)>;

  /// Listens; port 0 takes a free one. `max_body` bounds what is read of a body: one byte more is handed on, and lets
  /// the router answer 413. Throws std::system_error.
  SocketServer(std::uint16_t port, std::string path, std::size_t max_body, Handler handler)
      : path_(std::move(path)), max_body_(max_body), handler_(std::move(handler)), listening_(listen_on(port)) {
    accepting_ = std::thread([this] { accept_all(); });
  }

  ~SocketServer() {
    stop_accepting();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return answering_ == 0; });
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    changed_.wait(lock, [this] { return sockets_.empty(); });
  }

  SocketServer(const SocketServer&) = delete;
  SocketServer& operator=(const SocketServer&) = delete;

  [[nodiscard]] std::uint16_t port() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listening_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    return ntohs(address.sin_port);
  }

  void stop_accepting() {
    ::shutdown(listening_.get(), SHUT_RDWR);
    if (accepting_.joinable()) accepting_.join();
  }

 private:
  static constexpr std::size_t max_connections = 256;
  static constexpr timeval patience{30, 0};  // for a slow client, and for an idle connection

  static Fd listen_on(std::uint16_t port) {
    Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(socket.get(), SOMAXCONN) != 0) {
      throw std::system_error(errno, std::generic_category(), "cannot listen on port " + std::to_string(port));
    }
    return socket;
  }

  void accept_all() {
    for (;;) {
      Fd socket(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!socket) {
        if (errno == EINVAL || errno == EBADF) return;  // stop_accepting
        if (errno != EINTR && errno != ECONNABORTED) std::this_thread::sleep_for(std::chrono::milliseconds(10));
        continue;
      }
      const int on = 1;
      ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
      const std::lock_guard lock(mutex_);
      if (sockets_.size() == max_connections) continue;
      sockets_.insert(socket.get());
      std::thread([this, connection = std::move(socket)]() mutable { serve(std::move(connection)); }).detach();
    }
  }

  void serve(Fd socket) {
    std::string in;
    try {
      while (serve_one(socket.get(), in)) continue;
    } catch (const std::exception&) {
      // No memory or no descriptor for this one: the connection is closed, the others live.
    }
    const std::lock_guard lock(mutex_);
    sockets_.erase(socket.get());
    socket = Fd();  // under the lock, so that nobody shuts down a number that belongs to another connection by now
    changed_.notify_all();
  }

  /// Reads one request and has it answered. Returns whether another one may follow on the connection.
  bool serve_one(int socket, std::string& in) {
    std::size_t end = 0;
    while ((end = in.find("\r\n\r\n")) == std::string::npos) {
      if (in.size() > max_head) return refuse(socket, 431);
      if (!receive(socket, in)) return false;
    }
    std::optional<Head> head = parse_head(std::string_view(in).substr(0, end + 4));
    in.erase(0, end + 4);
    if (!head) return refuse(socket, 400);
    const std::size_t first = head->start_line.find(' ');
    const std::size_t second = head->start_line.rfind(' ');
    if (first == std::string::npos || first == second) return refuse(socket, 400);
    if (head->start_line.substr(second) != " HTTP/1.1") return refuse(socket, 505);
    const std::string target = head->start_line.substr(first + 1, second - first - 1);
    if (target.substr(0, target.find('?')) != path_) return refuse(socket, 404);

    std::optional<BodyReader> reader = BodyReader::of(head->headers, false);
    if (!reader) return refuse(socket, 400);
    if (mcprouter::same_header(head->headers.get("Expect"), "100-continue")) {
      constexpr std::string_view go_on = "HTTP/1.1 100 \r\n\r\n";
      ::send(socket, go_on.data(), go_on.size(), MSG_NOSIGNAL);
    }
    mcprouter::Request request;
    while (reader->feed(in, request.body) && !reader->done() && request.body.size() <= max_body_) {
      if (!receive(socket, in)) return false;
    }
    const bool whole = reader->done();
    if (!whole && request.body.size() <= max_body_) return refuse(socket, 400);
    const bool last = !whole || mcprouter::same_header(head->headers.get("Connection"), "close");
    request.method = head->start_line.substr(0, first);
    request.headers = std::move(head->headers);
    request.peer = peer_of(socket);
    return answer(socket, std::move(request)) && !last;
  }

  bool answer(int socket, mcprouter::Request request) {
    const auto writer = std::make_shared<SocketWriter>(request.method == "HEAD");
    const Answering answering(*this);
    handler_(std::move(request), writer);
    return writer->pump(socket);
  }

  /// Counts answers under way, for the destructor to wait for.
  class Answering {
   public:
    explicit Answering(SocketServer& server) : server_(server) { add(1); }
    ~Answering() { add(-1); }
    Answering(const Answering&) = delete;
    Answering& operator=(const Answering&) = delete;

   private:
    void add(int change) {
      const std::lock_guard lock(server_.mutex_);
      server_.answering_ += change;
      server_.changed_.notify_all();
    }
    SocketServer& server_;
  };

  static bool refuse(int socket, int status) {
    const std::string text =
        format_head("HTTP/1.1 " + std::to_string(status) + " ", {{"Content-Length", "0"}, {"Connection", "close"}});
    ::send(socket, text.data(), text.size(), MSG_NOSIGNAL);
    return false;
  }

  static bool receive(int socket, std::string& in) {
    char buffer[16u << 10];
    for (;;) {
      const ssize_t got = ::recv(socket, buffer, sizeof buffer, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      in.append(buffer, static_cast<std::size_t>(got));
      return true;
    }
  }

  static std::string peer_of(int socket) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size);
    char text[INET_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
    return text;
  }

  const std::string path_;
  const std::size_t max_body_;
  const Handler handler_;
  const Fd listening_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<int> sockets_;  // guarded by `mutex_`
  int answering_ = 0;      // guarded by `mutex_`
  std::thread accepting_;
};

}  // namespace custom
