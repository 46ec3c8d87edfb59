// The MCP server that the gateway is measured in front of: one thread, epoll, HTTP/1.1 keep-alive on a free loopback
// port. It is to cost next to nothing, so that what is measured is what stands in front of it.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mcp.hpp"

namespace {

constexpr std::size_t kReadSize = 64u << 10;
constexpr std::size_t kMaxRequest = 16u << 20;

struct Connection {
  std::string in;
  std::string out;
  std::size_t sent = 0;
  bool waits_for_room = false;
};

/// Returns the value of a header field, and its name in lower or upper case, from the head of a request.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t line = head.find("\r\n"); line != std::string_view::npos; line = head.find("\r\n", line + 2)) {
    const std::string_view rest = head.substr(line + 2);
    if (rest.size() <= name.size() || rest[name.size()] != ':') continue;
    if (strncasecmp(rest.data(), name.data(), name.size()) != 0) continue;
    const std::string_view value = rest.substr(name.size() + 1, rest.find("\r\n") - name.size() - 1);
    const std::size_t begin = value.find_first_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view{} : value.substr(begin);
  }
  return {};
}

/// Answers every complete request in `connection.in`. Returns false for what is no request that we can read.
bool serve(Connection& connection, bench::Mcp& mcp) {
  std::string_view rest = connection.in;
  while (true) {
    const std::size_t end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view head = rest.substr(0, end + 2);
    if (!field(head, "transfer-encoding").empty()) return false;
    const std::string_view length = field(head, "content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (size > kMaxRequest) return false;
    if (rest.size() - end - 4 < size) break;
    mcp.answer({head.substr(0, head.find(' ')), field(head, "mcp-session-id"), rest.substr(end + 4, size)},
               connection.out);
    rest.remove_prefix(end + 4 + size);
  }
  connection.in.erase(0, connection.in.size() - rest.size());
  return true;
}

class Server {
 public:
  Server() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0)), poll_(epoll_create1(0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, SOMAXCONN);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    watch(EPOLL_CTL_ADD, listener_, EPOLLIN);
  }

  [[nodiscard]] int port() const { return port_; }

  [[noreturn]] void run() {
    std::array<epoll_event, 64> events;
    while (true) {
      const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_) {
          accept_all();
        } else if (!progress(fd)) {
          connections_.erase(fd);
          close(fd);
        }
      }
    }
  }

 private:
  void accept_all() {
    while (true) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
      if (fd < 0) return;
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      connections_.try_emplace(fd);
      watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
  }

  /// Reads, answers and writes as far as that goes without waiting. Returns false at the connection's end.
  bool progress(int fd) {
    Connection& connection = connections_[fd];
    while (true) {
      const ssize_t size = read(fd, buffer_.data(), buffer_.size());
      if (size == 0) return false;
      if (size < 0 && errno != EAGAIN) return false;
      if (size > 0) connection.in.append(buffer_.data(), static_cast<std::size_t>(size));
      if (size < static_cast<ssize_t>(buffer_.size())) break;
    }
    if (!serve(connection, mcp_)) return false;
    while (connection.sent < connection.out.size()) {
      const ssize_t size = write(fd, connection.out.data() + connection.sent, connection.out.size() - connection.sent);
      if (size < 0 && errno != EAGAIN) return false;
      if (size < 0) break;
      connection.sent += static_cast<std::size_t>(size);
    }
    const bool full = connection.sent < connection.out.size();
    if (!full) {
      connection.out.clear();
      connection.sent = 0;
    }
    if (full != connection.waits_for_room) {
      connection.waits_for_room = full;
      watch(EPOLL_CTL_MOD, fd, full ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
    return true;
  }

  void watch(int operation, int fd, std::uint32_t events) const {
    epoll_event event{};
    event.events = events;
    event.data.fd = fd;
    epoll_ctl(poll_, operation, fd, &event);
  }

  int listener_;
  int poll_;
  int port_ = 0;
  bench::Mcp mcp_;
  std::unordered_map<int, Connection> connections_;
  std::array<char, kReadSize> buffer_;
};

}  // namespace

int main() {
  std::signal(SIGPIPE, SIG_IGN);
  Server server;
  std::printf("mcprouter-bench-backend listening on http://127.0.0.1:%d/mcp\n", server.port());
  std::fflush(stdout);
  server.run();
}
