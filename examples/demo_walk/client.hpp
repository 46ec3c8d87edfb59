#pragma once

#include <httplib.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "printer.hpp"

namespace walk {

/// What came back from one request.
struct Answer {
  int status = 0;  ///< 0: nothing came.
  std::string problem;
  std::string session_id;
  std::vector<Json> messages;  ///< In the order they came.
  bool streamed = false;
};

/// One MCP client session, which prints what it sends and receives.
class Client {
 public:
  /// `url` is `http://host:port/path`. Throws std::invalid_argument for another one.
  Client(const std::string& url, const Printer& printer);

  Answer post(const Json& message);
  Answer end();

  void set_session(std::string id, std::string protocol_version);

 private:
  Answer exchange(httplib::Request request, const Json* message);

  const Printer& printer_;
  std::string path_;
  std::string origin_;
  httplib::Client http_;
  std::string session_id_;
  std::string protocol_version_;
};

}  // namespace walk
