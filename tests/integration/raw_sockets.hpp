#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mcprouter::test {

/// One end of a TCP connection, byte by byte. A wait that takes too long throws: the test has failed.
class RawConnection {
 public:
  explicit RawConnection(int socket) : socket_(socket) {
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
  }
  RawConnection(RawConnection&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), unread_(std::move(other.unread_)) {}
  RawConnection& operator=(RawConnection&& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(unread_, other.unread_);
    return *this;
  }
  ~RawConnection() { close(); }

  static RawConnection to(int port) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
      throw std::runtime_error("cannot connect");
    }
    return RawConnection(socket);
  }

  void send(std::string_view text) const {
    while (!text.empty()) {
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0) throw std::runtime_error("cannot send");
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Sends as long as the peer's buffers take it, without waiting. Returns the number of bytes.
  std::size_t send_what_fits(std::string_view text) const {
    std::size_t sent = 0;
    for (pollfd entry{socket_, POLLOUT, 0}; ::poll(&entry, 1, 200) > 0;) {
      const auto count = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count <= 0) break;
      sent += static_cast<std::size_t>(count);
    }
    return sent;
  }

  /// Reads up to and with `mark`.
  std::string read_until(std::string_view mark) {
    std::size_t found = std::string::npos;
    while ((found = unread_.find(mark)) == std::string::npos) {
      if (!read_some()) throw std::runtime_error("ended after: " + unread_);
    }
    return take(found + mark.size());
  }
  std::string read_exactly(std::size_t size) {
    while (unread_.size() < size) {
      if (!read_some()) throw std::runtime_error("ended after: " + unread_);
    }
    return take(size);
  }
  /// Reads until the peer closes, or resets, the connection.
  std::string read_to_end() {
    while (read_some()) {
    }
    return take(unread_.size());
  }
  /// Reads a message with a Content-Length, or without a body.
  std::string read_message() {
    std::string head = read_until("\r\n\r\n");
    const auto length = head.find("Content-Length: ");
    if (length == std::string::npos) return head;
    return head + read_exactly(std::stoul(head.substr(length + 16)));
  }

  /// Reads an option of the socket at the other end, which is of this process too; -1 if there is none.
  [[nodiscard]] int option_of_other_end(int level, int name) const {
    sockaddr_in own{};
    socklen_t own_size = sizeof(own);
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&own), &own_size);
    for (int other = 0; other < 4096; ++other) {
      sockaddr_in peer{};
      socklen_t size = sizeof(peer);
      if (::getpeername(other, reinterpret_cast<sockaddr*>(&peer), &size) != 0 || peer.sin_port != own.sin_port)
        continue;
      int value = -1;
      size = sizeof(value);
      ::getsockopt(other, level, name, &value, &size);
      return value;
    }
    return -1;
  }

  /// Sends no more, and can still read.
  void end_sending() const { ::shutdown(socket_, SHUT_WR); }
  /// Closes it so that the peer sees an error, and its socket has no peer any more.
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

 private:
  bool read_some() {
    char buffer[4096];
    const auto count = ::recv(socket_, buffer, sizeof(buffer), 0);
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("silent after: " + unread_);
    if (count > 0) unread_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }
  std::string take(std::size_t size) {
    std::string taken = unread_.substr(0, size);
    unread_.erase(0, size);
    return taken;
  }

  int socket_;
  std::string unread_;
};

/// Listens on a free loopback port.
class RawServer {
 public:
  explicit RawServer(int backlog = 128) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = RawConnection::loopback(0);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket_, generic, size) != 0 || ::listen(socket_, backlog) != 0 ||
        ::getsockname(socket_, generic, &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }
  ~RawServer() { close(); }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string url(std::string_view target = "/mcp") const {
    return "http://127.0.0.1:" + std::to_string(port_) + std::string(target);
  }

  RawConnection accept() {
    pollfd entry{socket_, POLLIN, 0};
    if (::poll(&entry, 1, 20'000) != 1) throw std::runtime_error("nobody connects");
    return RawConnection(::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC));
  }
  /// Says whether a connection waits to be accepted.
  [[nodiscard]] bool has_caller() const {
    pollfd entry{socket_, POLLIN, 0};
    return ::poll(&entry, 1, 0) == 1;
  }
  void close() {
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
  }

 private:
  int socket_;
  int port_ = 0;
};

}  // namespace mcprouter::test
