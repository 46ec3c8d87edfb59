#include "engine/httplib/socket.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace mcprouter::detail {
namespace {

// poll(2) tells of a closed peer by POLLRDHUP where there is one.
#ifdef POLLRDHUP
constexpr short kPeerClosed = POLLRDHUP;
#else
constexpr short kPeerClosed = 0;
#endif

short poll_now(int socket, short events) {
  pollfd entry{socket, events, 0};
  return ::poll(&entry, 1, 0) > 0 ? entry.revents : short{0};
}

using GetName = int (*)(int, sockaddr*, socklen_t*);

bool is_end(int socket, GetName get_name, const std::string& address, int port) {
  sockaddr_storage name{};
  socklen_t length = sizeof(name);
  auto* generic = reinterpret_cast<sockaddr*>(&name);
  if (get_name(socket, generic, &length) != 0) return false;
  in_port_t found = 0;
  if (name.ss_family == AF_INET) {
    found = reinterpret_cast<const sockaddr_in*>(&name)->sin_port;
  } else if (name.ss_family == AF_INET6) {
    found = reinterpret_cast<const sockaddr_in6*>(&name)->sin6_port;
  }
  if (found == 0 || ntohs(found) != port) return false;
  std::array<char, NI_MAXHOST> text{};
  return ::getnameinfo(generic, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0 &&
         address == text.data();
}

}  // namespace

SocketHandle::SocketHandle(int socket) {
  // cpp-httplib 0.11 cannot use descriptors from FD_SETSIZE on: leave it the lower ones where the limits allow.
  socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, FD_SETSIZE);
  if (socket_ < 0) socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
}

SocketHandle::SocketHandle(SocketHandle&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

SocketHandle& SocketHandle::operator=(SocketHandle&& other) noexcept {
  std::swap(socket_, other.socket_);
  return *this;
}

void SocketHandle::shut_down() const {
  if (socket_ >= 0) ::shutdown(socket_, SHUT_RDWR);
}

void SocketHandle::listen(int backlog) const {
  if (socket_ >= 0) ::listen(socket_, backlog);
}

void SocketHandle::reset() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return ::inet_pton(AF_INET, host.c_str(), address.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
}

std::vector<std::string> resolve(const std::string& host) {
  if (is_address(host)) return {host};
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_ADDRCONFIG;
  addrinfo* found = nullptr;
  std::vector<std::string> addresses;
  // AI_ADDRCONFIG leaves loopback addresses out on a machine without a network.
  if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    hints.ai_flags = 0;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return addresses;
  }
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(entry->ai_addr, entry->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0) {
      addresses.emplace_back(text.data());
    }
  }
  ::freeaddrinfo(found);
  return addresses;
}

bool has_input(int socket) { return poll_now(socket, POLLIN | kPeerClosed) != 0; }

bool peer_has_closed(int socket) { return (poll_now(socket, kPeerClosed) & (kPeerClosed | POLLHUP | POLLERR)) != 0; }

int find_socket(const Endpoints& connection) {
  // Only cpp-httplib before 0.16 needs this, and that serves no descriptor from FD_SETSIZE on.
  for (int socket = 0; socket < FD_SETSIZE; ++socket) {
    if (is_end(socket, ::getpeername, connection.remote_address, connection.remote_port) &&
        is_end(socket, ::getsockname, connection.local_address, connection.local_port)) {
      return socket;
    }
  }
  return -1;
}

void cut(int socket) {
  ::shutdown(socket, SHUT_RDWR);
  // What came before is still readable; what comes after is answered by a reset.
  std::array<char, 4096> thrown_away;
  while (::recv(socket, thrown_away.data(), thrown_away.size(), MSG_DONTWAIT) > 0) {
  }
}

}  // namespace mcprouter::detail
