#pragma once

#include <string>
#include <vector>

namespace mcprouter::detail {

/// A second descriptor of a socket that cpp-httplib owns, so that it can be shut down from another thread without the
/// risk that its number was closed and given to somebody else meanwhile.
///
/// Thread safety: one thread at a time.
class SocketHandle {
 public:
  SocketHandle() = default;
  explicit SocketHandle(int socket);
  ~SocketHandle() { reset(); }
  SocketHandle(SocketHandle&& other) noexcept;
  SocketHandle& operator=(SocketHandle&& other) noexcept;

  /// Ends the connection in both directions: who waits on the socket wakes up, nothing can be sent any more. A socket
  /// that has not connected yet can still connect, but sends nothing.
  void shut_down() const;
  /// Sets the backlog of a listening socket.
  void listen(int backlog) const;
  void reset();

 private:
  int socket_ = -1;
};

/// The addresses of a name, or the name itself if it is an address. Empty: unknown. Blocks as the resolver does.
[[nodiscard]] std::vector<std::string> resolve(const std::string& host);
[[nodiscard]] bool is_address(const std::string& host);

/// Says whether a connection that should be silent has something to read: data nobody asked for, or its end.
[[nodiscard]] bool has_input(int socket);
/// Says whether the peer has closed its side, unread data or not.
[[nodiscard]] bool peer_has_closed(int socket);

/// One TCP connection, by the numeric addresses of its ends.
struct Endpoints {
  std::string remote_address;
  int remote_port = 0;
  std::string local_address;
  int local_port = 0;
};

/// Finds the descriptor of a connection of this process. Returns -1 if there is none.
[[nodiscard]] int find_socket(const Endpoints& connection);

/// Ends a connection and throws away what has come, so that nobody takes it for a request.
void cut(int socket);

}  // namespace mcprouter::detail
