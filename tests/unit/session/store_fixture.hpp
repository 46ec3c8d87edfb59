#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "mcprouter/session_store.hpp"

namespace mcprouter::test {

using namespace std::chrono_literals;

/// Where every test's time begins.
inline constexpr TimePoint kStart{1000h};

inline SessionLimits limits(std::size_t sessions, std::size_t per_client = 1'000'000) {
  return {.max_sessions = sessions, .max_sessions_per_client = per_client, .idle_timeout = 30min};
}

inline SessionRecord record(std::string id, std::string client_key = "client", std::string principal_key = "") {
  SessionRecord made;
  made.id = std::move(id);
  made.principal_key = std::move(principal_key);
  made.client_key = std::move(client_key);
  made.protocol_version = "2025-11-25";
  made.client_info = R"({"name":"probe","version":"1"})";
  made.client_capabilities = R"({"sampling":{}})";
  return made;
}

inline UpstreamPtr upstream(std::string backend, std::uint64_t revision, std::uint64_t serial) {
  UpstreamSession made;
  made.backend = std::move(backend);
  made.revision = revision;
  made.serial = serial;
  return std::make_shared<const UpstreamSession>(std::move(made));
}

}  // namespace mcprouter::test
