#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "mcprouter/session_store.hpp"

namespace mcprouter::bench {

inline constexpr std::size_t kIdSize = 22;

/// Characters that look random, as session ids do.
inline std::string session_id(std::size_t number) {
  std::string id;
  std::uint64_t state = number + 1;
  for (std::size_t i = 0; i < kIdSize; ++i) {
    state = (state ^ (state >> 29)) * 0xBF58476D1CE4E5B9U + 0x9E3779B97F4A7C15U;
    id += "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[state >> 58];
  }
  return id;
}

inline std::string padded(std::string text, std::size_t size) {
  text.resize(size, '.');
  return text;
}

/// Strings as long as real clients and servers send. `clients` says how many clients share the sessions.
inline SessionRecord record(std::size_t number, std::size_t clients) {
  SessionRecord made;
  made.id = session_id(number);
  made.client_key = padded("192.0.2.1 probe " + std::to_string(number % clients) + " ", 60);
  made.protocol_version = "2025-11-25";
  made.client_info = padded(R"({"name":"probe","title":"A typical client","version":"1.2.3"})", 80);
  made.client_capabilities = padded(R"({"roots":{"listChanged":true},"sampling":{}})", 60);
  return made;
}

inline UpstreamPtr upstream(std::size_t number) {
  auto made = std::make_shared<UpstreamSession>();
  made->backend = "files";
  made->revision = 1;
  made->serial = number;
  made->id = padded(std::to_string(number), 36);
  made->protocol_version = "2025-11-25";
  // One text for all sessions of a backend, as BackendSessionManager keeps it.
  static const auto capabilities =
      std::make_shared<const std::string>(padded(R"({"tools":{"listChanged":true},"prompts":{},"resources":{}})", 120));
  made->capabilities = capabilities;
  return made;
}

}  // namespace mcprouter::bench
