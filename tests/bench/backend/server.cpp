#include "server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "replies.hpp"

namespace bench {
namespace {

void require(bool good, const char* what) {
  if (good) return;
  std::perror(what);
  std::exit(1);
}

}  // namespace

Server::Server(std::size_t listeners) : poll_(epoll_create1(0)) {
  while (listeners_.size() < listeners) listen_on_free_port();
}

void Server::listen_on_free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  require(bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
  require(listen(fd, SOMAXCONN) == 0, "listen");
  require(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  listeners_.push_back(fd);
  ports_.push_back(ntohs(address.sin_port));
  watch(EPOLL_CTL_ADD, fd, EPOLLIN);
}

void Server::run() {
  std::array<epoll_event, 64> events;
  while (true) {
    const int count = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), wait_ms());
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (std::find(listeners_.begin(), listeners_.end(), fd) != listeners_.end()) {
        accept_all(fd);
      } else {
        handle(fd);
      }
    }
    run_ticks();
  }
}

void Server::accept_all(int listener) {
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
    if (fd < 0) return;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    connections_[fd].serial = ++last_serial_;
    watch(EPOLL_CTL_ADD, fd, EPOLLIN);
  }
}

void Server::handle(int fd) {
  Connection& connection = connections_.at(fd);
  if (!read_some(fd, connection) || !answer(fd, connection)) drop(fd);
}

int Server::wait_ms() const {
  if (ticks_.empty()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(ticks_.front().due - Clock::now());
  return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

void Server::run_ticks() {
  if (ticks_.empty()) return;
  const auto now = Clock::now();
  while (!ticks_.empty() && ticks_.front().due <= now) {
    const Tick tick = ticks_.front();
    ticks_.pop_front();
    const auto found = connections_.find(tick.fd);
    if (found == connections_.end() || found->second.serial != tick.serial) continue;  // The client has left.
    Connection& connection = found->second;
    if (connection.slow->tick(connection.out)) {
      ticks_.push_back({tick.due + SlowCall::kPeriod, tick.fd, tick.serial});
    } else {
      connection.slow.reset();
    }
    if (!answer(tick.fd, connection)) drop(tick.fd);
  }
}

bool Server::read_some(int fd, Connection& connection) {
  while (true) {
    const ssize_t size = read(fd, buffer_.data(), buffer_.size());
    if (size == 0 || (size < 0 && errno != EAGAIN)) return false;
    if (size > 0) connection.in.append(buffer_.data(), static_cast<std::size_t>(size));
    if (size < static_cast<ssize_t>(buffer_.size())) return true;
  }
}

/// Answers what has come. Returns false at the connection's end.
bool Server::answer(int fd, Connection& connection) {
  const bool was_slow = connection.slow.has_value();
  bool announces = false;
  if (!serve(connection, mcp_, announces)) return false;
  if (announces) announce();
  if (connection.slow && !was_slow) {
    connection.slow->begin(connection.out);
    ticks_.push_back({Clock::now() + SlowCall::kPeriod, fd, connection.serial});
  }
  return send(fd, connection);
}

/// Writes as far as that goes without waiting. Returns false at the connection's end.
bool Server::send(int fd, Connection& connection) const {
  if (!connection.out.write_to(fd)) return false;
  const bool full = !connection.out.empty();
  if (full != connection.waits_for_room) {
    connection.waits_for_room = full;
    watch(EPOLL_CTL_MOD, fd, full ? EPOLLIN | EPOLLOUT : EPOLLIN);
  }
  return true;
}

/// Tells everyone who listens that the tools have changed.
void Server::announce() {
  for (auto& [fd, connection] : connections_) {
    if (!connection.listens) continue;
    stream_event(R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})", connection.out);
    send(fd, connection);  // One that is broken becomes readable, and is dropped then.
  }
}

void Server::drop(int fd) {
  connections_.erase(fd);
  close(fd);
}

void Server::watch(int operation, int fd, std::uint32_t events) const {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  require(epoll_ctl(poll_, operation, fd, &event) == 0, "epoll_ctl");
}

}  // namespace bench
