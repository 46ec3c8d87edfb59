#pragma once

#include <httplib.h>

#include <optional>

namespace mcprouter::detail {

/// Says whether the client of a request is still there, while nothing is written to it.
///
/// Thread safety: one thread at a time. Lifetime: only while the request's thread has not returned to cpp-httplib.
class ClientWatch {
 public:
  explicit ClientWatch(const httplib::Request& request) : request_(request) {}

  [[nodiscard]] bool gone();
  /// Ends the connection at once.
  void cut();

 private:
  int socket();

  const httplib::Request& request_;
  std::optional<int> socket_;
};

}  // namespace mcprouter::detail
