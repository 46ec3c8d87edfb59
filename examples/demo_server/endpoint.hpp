#pragma once

#include <httplib.h>

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tools.hpp"

namespace demo {

/// A small MCP server: Streamable HTTP with sessions, tools only.
///
/// Thread safety: thread-safe. Lifetime: outlives the httplib::Server that it is mounted on.
class Endpoint {
 public:
  Endpoint(std::string name, std::vector<Tool> tools);

  /// Serves `path` on `server`.
  void mount(httplib::Server& server, const std::string& path);

 private:
  using SessionPtr = std::shared_ptr<Session>;

  void post(const httplib::Request& request, httplib::Response& response);
  void end(const httplib::Request& request, httplib::Response& response);

  void initialize(const Json& message, httplib::Response& response);
  void call_tool(const Json& message, const SessionPtr& session, httplib::Response& response);

  /// Finds the session of a request; answers 400 or 404 itself where there is none.
  SessionPtr session_of(const httplib::Request& request, httplib::Response& response);

  const std::string name_;
  const std::vector<Tool> tools_;
  std::mutex mutex_;
  std::map<std::string, SessionPtr> sessions_;  // guarded by `mutex_`
};

}  // namespace demo
