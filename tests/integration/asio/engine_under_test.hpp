#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "integration/asio_host.hpp"

/// The engine that the tests of the contract are built with: Asio.
namespace mcprouter::test {

using Engine = AsioEngine;
using EngineOptions = AsioOptions;
using Host = AsioHost;
using HostOptions = AsioServerOptions;

/// Options with which every exchange finds the connections of all: each loop has a pool of its own.
inline EngineOptions one_pool() {
  EngineOptions options;
  options.threads = 1;
  return options;
}

inline HostOptions with_max_body(std::size_t bytes) {
  HostOptions options;
  options.max_body = bytes;
  return options;
}
inline HostOptions with_write_buffer(std::size_t bytes) {
  HostOptions options;
  options.write_buffer = bytes;
  return options;
}
inline HostOptions with_write_timeout(std::chrono::seconds timeout) {
  HostOptions options;
  options.write_timeout = timeout;
  return options;
}
/// Every wait for the client is as short as can be.
inline HostOptions impatient() {
  HostOptions options;
  options.head_timeout = options.body_timeout = options.keep_alive = options.write_timeout =
      std::chrono::milliseconds(200);
  return options;
}

/// Answers 404 what is not of the router's path, which this server hands to its other handler.
inline void refuse_other(Host& host) { host.next_other().writer->respond({404, {}, ""}); }

/// Methods that arrive: any.
inline const std::vector<std::string> kMethods{"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "POST", "TRACE", "ODD"};
/// The largest part of an answer that may come after a pause.
constexpr std::size_t kLargestPart = 64u << 10;
/// How soon a client that leaves is missed.
constexpr std::chrono::seconds kMissedWithin{1};

/// Whether each field of a request arrives as it was sent.
constexpr bool kKeepsHeadersAsSent = true;
/// Whether a body is refused at its first byte above the limit.
constexpr bool kRefusesBeforeTheEnd = true;
/// Whether a streamed answer whose writer is let go of is aborted.
constexpr bool kAbortsWhatIsDropped = true;
/// Whether an answer with a Content-Length and chunks is refused.
constexpr bool kRefusesLengthWithChunks = true;
/// Whether a connection is used only for as long as its backend says in Keep-Alive.
constexpr bool kReadsKeepAliveHints = true;
/// Whether timers run in the order of their times even when they are close.
constexpr bool kRunsTimersInOrder = true;

}  // namespace mcprouter::test
