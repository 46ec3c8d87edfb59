#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "integration/httplib_host.hpp"

/// The engine that the tests of the contract are built with: cpp-httplib.
namespace mcprouter::test {

using Engine = HttplibEngine;
using EngineOptions = HttplibOptions;
using Host = HttplibHost;
using HostOptions = HttplibHostOptions;

/// Options with which every exchange finds the connections of all.
inline EngineOptions one_pool() { return {}; }

inline HostOptions with_max_body(std::size_t bytes) {
  HostOptions options;
  options.mount.max_body = bytes;
  return options;
}
inline HostOptions with_write_buffer(std::size_t bytes) {
  HostOptions options;
  options.mount.write_buffer = bytes;
  return options;
}
inline HostOptions with_write_timeout(std::chrono::seconds timeout) {
  HostOptions options;
  options.server.io_timeout = timeout;
  return options;
}
/// Every wait for the client is as short as can be: cpp-httplib counts seconds.
inline HostOptions impatient() {
  HostOptions options;
  options.server.keep_alive = options.server.io_timeout = std::chrono::seconds(1);
  return options;
}

/// What is not of the router's path cpp-httplib answers 404 itself.
inline void refuse_other(Host&) {}

/// cpp-httplib has no handlers for others.
inline const std::vector<std::string> kMethods{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "POST"};
/// The largest part of an answer that may come after a pause.
constexpr std::size_t kLargestPart = 8192;
/// How soon a client that leaves is missed: the thread of its request looks for it from time to time.
constexpr std::chrono::seconds kMissedWithin{2};

/// Whether each field of a request arrives as it was sent: no. cpp-httplib 0.11 decodes what is percent-encoded, drops
/// fields without a value, and adds REMOTE_ADDR itself.
constexpr bool kKeepsHeadersAsSent = false;
/// Whether a body is refused at its first byte above the limit: no. This engine reads on up to twice the limit, so that
/// a client that sends before it reads gets its answer.
constexpr bool kRefusesBeforeTheEnd = false;
/// Whether a streamed answer whose writer is let go of is aborted: no. A writer is let go of only after its end
/// (http.hpp), and nothing watches for less.
constexpr bool kAbortsWhatIsDropped = false;
/// Whether an answer with a Content-Length and chunks is refused: no. cpp-httplib 0.11 reads the chunks and leaves the
/// length aside.
constexpr bool kRefusesLengthWithChunks = false;
/// Whether a connection is used only for as long as its backend says in Keep-Alive: no. This engine reads no
/// Keep-Alive: a connection that its backend closed is seen before it is used.
constexpr bool kReadsKeepAliveHints = false;
/// Whether timers run in the order of their times even when they are close: no. A few threads run them.
constexpr bool kRunsTimersInOrder = false;

}  // namespace mcprouter::test
