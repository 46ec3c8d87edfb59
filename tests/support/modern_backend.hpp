#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "support/memory_http.hpp"
#include "support/scripted_backend.hpp"

namespace mcprouter::test {

/// A well-behaved MCP server of 2026-07-28 in memory that records what it got: refuses what is not of its era, as such
/// a server does. A test replaces the behaviour of single methods.
class ModernBackend {
 public:
  using Exchange = std::shared_ptr<MemoryExchange>;
  using Behaviour = std::function<void(const Exchange&)>;

  /// Serves `http://<name>.test/mcp`.
  ModernBackend(MemoryHttp& http, std::string name);
  ModernBackend(const ModernBackend&) = delete;
  ModernBackend& operator=(const ModernBackend&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url() const { return "http://" + name_ + ".test/mcp"; }

  /// Replaces what is done for one JSON-RPC method.
  void on(const std::string& method, Behaviour behaviour);
  /// Undoes `on`.
  void behave(const std::string& method);
  /// The default behaviour, for a behaviour that only adds something.
  void serve_as_usual(const Exchange& exchange);

  /// What it declares, JSON text; tools alone to begin with.
  void set_capabilities(std::string capabilities);
  /// What it lists, JSON text of each tool; `echo` alone to begin with.
  void set_tools(std::vector<std::string> tools);
  /// What is added to each page of a list, JSON members; no caching to begin with.
  void set_caching(std::string members);
  /// Refuses connections, as while it restarts.
  void go_down();
  void come_up();

  [[nodiscard]] std::vector<Seen> seen() const;
  [[nodiscard]] std::vector<Seen> seen(std::string_view rpc_method) const;
  [[nodiscard]] std::size_t count(std::string_view rpc_method) const { return seen(rpc_method).size(); }
  void forget_seen();

 private:
  void serve(const Exchange& exchange);

  MemoryHttp& http_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::map<std::string, Behaviour> behaviours_;
  std::string capabilities_ = R"({"tools":{}})";
  std::vector<std::string> tools_{R"({"name":"echo","inputSchema":{"type":"object"}})"};
  std::string caching_ = R"("ttlMs":0,"cacheScope":"private")";
  std::vector<Seen> seen_;
};

/// Answers a request with an error and this status.
void refuse(const ModernBackend::Exchange& exchange, int status, int code, const std::string& data = "{}");

}  // namespace mcprouter::test
