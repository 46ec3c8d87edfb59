#pragma once

#include <random>
#include <string>
#include <string_view>
#include <unordered_set>

namespace bench {

/// What the server needs of an HTTP request.
struct Request {
  std::string_view method;
  std::string_view session;  ///< Mcp-Session-Id
  std::string_view body;
};

/// An MCP server whose tools `payload_300`, `payload_5k` and `payload_100k` answer with that many bytes of JSON.
///
/// Thread safety: one thread at a time.
class Mcp {
 public:
  /// Appends the whole HTTP response to `out`.
  void answer(const Request& request, std::string& out);

 private:
  void call(std::string_view message, std::string_view id, std::string& out);
  std::string_view open_session();

  std::unordered_set<std::string> sessions_;
  std::random_device random_;
};

}  // namespace bench
