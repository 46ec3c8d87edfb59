#pragma once

#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "support/recording_backend.hpp"

namespace mcprouter::test {

/// A well-behaved MCP server with sessions, of 2025-11-25, in memory.
class ScriptedBackend final : public RecordingBackend {
 public:
  using RecordingBackend::RecordingBackend;

  void serve_as_usual(const Exchange& exchange) override;

  /// What it declares, JSON text; tools alone to begin with.
  void set_capabilities(std::string capabilities);
  void set_tools(std::vector<std::string> names);
  /// Whether a request belongs to a session that it knows.
  [[nodiscard]] bool knows(const HttpRequest& request) const;
  /// Hands out no session ids from now on.
  void be_without_sessions();
  /// Knows no session any more, as after a restart.
  void forget_sessions();
  [[nodiscard]] std::size_t live_sessions() const;

  /// Forgets what it got, and counts its sessions from one again.
  void forget_seen() override;

 private:
  mutable std::mutex mutex_;
  std::string capabilities_ = R"({"tools":{}})";
  std::vector<std::string> tools_{"echo"};
  std::set<std::string> sessions_;
  int last_session_ = 0;
  bool with_sessions_ = true;
};

}  // namespace mcprouter::test
