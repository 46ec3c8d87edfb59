#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <unordered_map>
#include <vector>

#include "connection.hpp"
#include "mcp.hpp"

namespace bench {

/// HTTP/1.1 with keep-alive on free loopback ports: one thread, one epoll loop.
class Server {
 public:
  /// Listens on that many ports; each of them stands for an MCP server of its own.
  explicit Server(std::size_t listeners);

  [[nodiscard]] const std::vector<int>& ports() const { return ports_; }

  [[noreturn]] void run();

 private:
  using Clock = std::chrono::steady_clock;

  /// The next second of a slow call. All wait equally long, so the list is in order by itself.
  struct Tick {
    Clock::time_point due;
    int fd;
    std::uint64_t serial;
  };

  void listen_on_free_port();
  void accept_all(int listener);
  void handle(int fd);
  [[nodiscard]] int wait_ms() const;
  void run_ticks();
  bool read_some(int fd, Connection& connection);
  bool answer(int fd, Connection& connection);
  bool send(int fd, Connection& connection) const;
  void announce();
  void drop(int fd);
  void watch(int operation, int fd, std::uint32_t events) const;

  static constexpr std::size_t kReadSize = 64u << 10;

  int poll_;
  std::vector<int> listeners_;
  std::vector<int> ports_;
  Mcp mcp_;
  std::unordered_map<int, Connection> connections_;
  std::deque<Tick> ticks_;
  std::uint64_t last_serial_ = 0;
  std::array<char, kReadSize> buffer_;
};

}  // namespace bench
