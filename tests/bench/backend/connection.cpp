#include "connection.hpp"

#include <strings.h>

#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>

namespace bench {
namespace {

constexpr std::size_t kMaxRequest = 16u << 20;

/// Returns the value of a header field, its name in any case, from the head of a request.
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

}  // namespace

bool serve(Connection& connection, Mcp& mcp, bool& announces) {
  std::string_view rest = connection.in;
  while (!connection.slow && !connection.listens) {
    const std::size_t end = rest.find("\r\n\r\n");
    if (end == std::string_view::npos) break;
    const std::string_view head = rest.substr(0, end + 2);
    if (!field(head, "transfer-encoding").empty()) return false;
    const std::string_view length = field(head, "content-length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (size > kMaxRequest) return false;
    if (rest.size() - end - 4 < size) break;
    FollowUp follow_up = mcp.answer(
        {head.substr(0, head.find(' ')), field(head, "mcp-session-id"), rest.substr(end + 4, size)}, connection.out);
    connection.slow = std::move(follow_up.slow);
    connection.listens = follow_up.listens;
    announces = announces || follow_up.announces;
    rest.remove_prefix(end + 4 + size);
  }
  connection.in.erase(0, connection.in.size() - rest.size());
  return true;
}

}  // namespace bench
