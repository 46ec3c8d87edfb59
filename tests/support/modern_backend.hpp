#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "support/recording_backend.hpp"

namespace mcprouter::test {

/// A well-behaved MCP server of 2026-07-28 in memory: refuses what is not of its era, as such a server does.
class ModernBackend final : public RecordingBackend {
 public:
  using RecordingBackend::RecordingBackend;

  void serve_as_usual(const Exchange& exchange) override;

  /// What it declares, JSON text; tools alone to begin with.
  void set_capabilities(std::string capabilities);
  /// What it lists, JSON text of each tool; `echo` alone to begin with.
  void set_tools(std::vector<std::string> tools);
  /// What is added to each page of a list, JSON members; no caching to begin with.
  void set_caching(std::string members);

 private:
  std::mutex mutex_;
  std::string capabilities_ = R"({"tools":{}})";
  std::vector<std::string> tools_{R"({"name":"echo","inputSchema":{"type":"object"}})"};
  std::string caching_ = R"("ttlMs":0,"cacheScope":"private")";
};

/// Answers a request with an error and this status.
void refuse(const ModernBackend::Exchange& exchange, int status, int code, const std::string& data = "{}");

}  // namespace mcprouter::test
