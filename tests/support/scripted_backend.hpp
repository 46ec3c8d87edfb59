#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/memory_http.hpp"

namespace mcprouter::test {

/// What a backend got.
struct Seen {
  std::string http_method;
  std::string rpc_method;  ///< "initialize", "tools/call", ...; empty for DELETE and responses
  Headers headers;
  std::string body;
};

/// A well-behaved MCP server in memory that records what it got. A test replaces the behaviour of single methods.
class ScriptedBackend {
 public:
  using Exchange = std::shared_ptr<MemoryExchange>;
  using Behaviour = std::function<void(const Exchange&)>;

  /// Serves `http://<name>.test/mcp`.
  ScriptedBackend(MemoryHttp& http, std::string name);
  ScriptedBackend(const ScriptedBackend&) = delete;
  ScriptedBackend& operator=(const ScriptedBackend&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url() const { return "http://" + name_ + ".test/mcp"; }

  /// Replaces what is done for one JSON-RPC method, or for "DELETE".
  void on(const std::string& method, Behaviour behaviour);
  /// The default behaviour, for a behaviour that only adds something.
  void serve_as_usual(const Exchange& exchange);

  /// What it declares, JSON text; tools alone to begin with.
  void set_capabilities(std::string capabilities);
  void set_tools(std::vector<std::string> names);
  /// Whether a request belongs to a session that it knows.
  [[nodiscard]] bool knows(const HttpRequest& request) const;
  /// Hands out no session ids from now on.
  void be_without_sessions();
  /// Knows no session any more, as after a restart.
  void forget_sessions();
  /// Refuses connections, as while it restarts.
  void go_down();
  void come_up();

  /// Forgets what it got, and counts its sessions from one again.
  void forget_seen();

  [[nodiscard]] std::vector<Seen> seen() const;
  [[nodiscard]] std::vector<Seen> seen(std::string_view rpc_method) const;
  [[nodiscard]] std::size_t count(std::string_view rpc_method) const { return seen(rpc_method).size(); }
  [[nodiscard]] std::size_t live_sessions() const;

 private:
  void serve(const Exchange& exchange);

  MemoryHttp& http_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::map<std::string, Behaviour> behaviours_;
  std::string capabilities_ = R"({"tools":{}})";
  std::vector<std::string> tools_{"echo"};
  std::set<std::string> sessions_;
  std::vector<Seen> seen_;
  int last_session_ = 0;
  bool with_sessions_ = true;
};

/// The raw `id` of a JSON-RPC message, and its method.
std::string id_of(std::string_view body);
std::string method_of(std::string_view body);

}  // namespace mcprouter::test
