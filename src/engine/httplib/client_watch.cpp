#include "engine/httplib/client_watch.hpp"

#include "engine/httplib/socket.hpp"

namespace mcprouter::detail {
namespace {

// From 0.16 on a request knows. Before, nothing leads from a request to its socket but the addresses.
template <typename Request>
std::optional<bool> ask(const Request& request) {
  if constexpr (requires { request.is_connection_closed(); }) {
    return request.is_connection_closed();
  } else {
    return std::nullopt;
  }
}

}  // namespace

bool ClientWatch::gone() {
  if (const auto answer = ask(request_)) return *answer;
  if (socket() >= 0) return peer_has_closed(socket());
  // A connection that was reset has no ends any more to be found by; one that is not TCP never had.
  return request_.remote_port > 0;
}

void ClientWatch::cut() {
  if (socket() >= 0) detail::cut(socket());
}

int ClientWatch::socket() {
  if (!socket_) {
    socket_ = find_socket({request_.remote_addr, request_.remote_port, request_.local_addr, request_.local_port});
  }
  return *socket_;
}

}  // namespace mcprouter::detail
