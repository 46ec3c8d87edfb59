#pragma once

#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>

#include "output.hpp"
#include "slow_call.hpp"

namespace bench {

/// What the server needs of an HTTP request.
struct Request {
  std::string_view method;
  std::string_view session;  ///< Mcp-Session-Id
  std::string_view body;
};

/// What is left to do once the response has been appended.
struct FollowUp {
  std::optional<SlowCall> slow;  ///< To be run.
  bool listens = false;          ///< The response is a stream that stays open.
  bool announces = false;        ///< Every such stream is to get `list_changed`.
};

/// An MCP server whose tools `payload_300`, `payload_5k`, `payload_100k` and `payload_1m` answer with that many bytes
/// of JSON, `sse_300` and so on with the same by an event stream, `payload_100m` and `sse_100m` with more than it holds
/// in memory, and `slow_10s` after ten seconds (see SlowCall). `announce` tells everyone who listens that the tools
/// have changed.
///
/// Thread safety: one thread at a time.
class Mcp {
 public:
  /// Appends the HTTP response to `out`, but for what the caller is to do.
  FollowUp answer(const Request& request, Output& out);

 private:
  void open_session(std::string_view id, std::string_view message, Output& out);

  std::unordered_set<std::string> sessions_;
  std::random_device random_;
};

}  // namespace bench
