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

/// An MCP server whose tools `payload_300`, `payload_5k`, `payload_100k` and `payload_1m` answer with that many bytes
/// of JSON, `sse_300` and so on with the same by an event stream, and `slow_10s` after ten seconds (see SlowCall).
///
/// Thread safety: one thread at a time.
class Mcp {
 public:
  /// Appends the whole HTTP response to `out`, or returns the call that the caller is to run.
  std::optional<SlowCall> answer(const Request& request, Output& out);

 private:
  void open_session(std::string_view id, std::string_view message, Output& out);

  std::unordered_set<std::string> sessions_;
  std::random_device random_;
};

}  // namespace bench
