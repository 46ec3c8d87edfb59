#pragma once

#include <chrono>
#include <string_view>

#include "mcprouter/error.hpp"

namespace mcprouter {

/// Is told what happens, for logs, metrics and tracing. Override what you need.
///
/// No argument carries a session id, a token, a header value or message content: everything may be logged or used as a
/// label. Views are valid during the call.
///
/// Thread safety: called from any thread, several at once, without any lock held; must not block. What an override
/// throws is swallowed.
class Observer {
 public:
  enum class SessionEnd { deleted, expired, shutdown };

  virtual ~Observer() = default;

  virtual void session_opened(std::string_view protocol_version) { (void)protocol_version; }
  virtual void session_ended(SessionEnd why) { (void)why; }

  /// A request was answered. `backend` is empty for what the router answers itself; `outcome` is "ok" or a reason's
  /// name.
  virtual void request_done(std::string_view method, std::string_view backend, std::string_view outcome,
                            std::chrono::microseconds took) {
    (void)method, (void)backend, (void)outcome, (void)took;
  }

  virtual void upstream_opened(std::string_view backend, std::string_view protocol_version) {
    (void)backend, (void)protocol_version;
  }
  /// A backend forgot its session (404); a new one is being made.
  virtual void upstream_lost(std::string_view backend) { (void)backend; }
  /// An upstream session was ended, or the attempt was given up (`clean` false).
  virtual void upstream_ended(std::string_view backend, bool clean) { (void)backend, (void)clean; }

  /// Something went wrong at a backend. `detail` is for people.
  virtual void backend_failed(std::string_view backend, Reason reason, std::string_view detail) {
    (void)backend, (void)reason, (void)detail;
  }
  /// A list was answered without a backend, or without some of its entries.
  virtual void list_incomplete(std::string_view method, std::string_view backend, std::string_view detail) {
    (void)method, (void)backend, (void)detail;
  }
};

}  // namespace mcprouter
