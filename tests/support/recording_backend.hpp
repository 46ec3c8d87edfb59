#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
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

/// A server in memory that records what it got. A test replaces the behaviour of single methods; the others are those
/// of the protocol that the derived class speaks.
class RecordingBackend {
 public:
  using Exchange = std::shared_ptr<MemoryExchange>;
  using Behaviour = std::function<void(const Exchange&)>;

  /// Serves `http://<name>.test/mcp`.
  RecordingBackend(MemoryHttp& http, std::string name);
  virtual ~RecordingBackend() = default;
  RecordingBackend(const RecordingBackend&) = delete;
  RecordingBackend& operator=(const RecordingBackend&) = delete;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::string url() const { return "http://" + name_ + ".test/mcp"; }

  /// Replaces what is done for one JSON-RPC method, or for one of HTTP other than POST.
  void on(const std::string& method, Behaviour behaviour);
  /// Undoes `on`.
  void behave(const std::string& method);
  /// The default behaviour, for a behaviour that only adds something.
  virtual void serve_as_usual(const Exchange& exchange) = 0;

  /// Refuses connections, as while it restarts.
  void go_down();
  void come_up();

  [[nodiscard]] std::vector<Seen> seen() const;
  [[nodiscard]] std::vector<Seen> seen(std::string_view method) const;
  [[nodiscard]] std::size_t count(std::string_view method) const { return seen(method).size(); }
  virtual void forget_seen();

 private:
  void serve(const Exchange& exchange);

  MemoryHttp& http_;
  const std::string name_;
  mutable std::mutex mutex_;
  std::map<std::string, Behaviour> behaviours_;
  std::vector<Seen> seen_;
};

/// The raw `id` of a JSON-RPC message, and its method.
std::string id_of(std::string_view body);
std::string method_of(std::string_view body);

}  // namespace mcprouter::test
