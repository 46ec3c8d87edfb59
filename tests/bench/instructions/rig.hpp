#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/router.hpp"
#include "mcprouter/session_store.hpp"

namespace mcprouter::bench {

/// Runs what is posted when it is asked to. Its clock stands still: timers never fire.
class QueueExecutor final : public Executor {
 public:
  void post(std::function<void()> work) override { posted_.push_back(std::move(work)); }
  void post_blocking(std::function<void()> work) override { posted_.push_back(std::move(work)); }
  TimerId post_after(std::chrono::milliseconds, std::function<void()>) override { return ++last_timer_; }
  void cancel(TimerId) override {}
  [[nodiscard]] TimePoint now() const override { return TimePoint(std::chrono::hours(1)); }

  void run();

 private:
  std::deque<std::function<void()>> posted_;
  TimerId last_timer_ = 0;
};

/// Backends that answer at once, out of memory: `initialize`, a list of one tool `echo`, and calls.
class CannedBackends final : public HttpClient {
 public:
  /// What every call is answered with, in what form.
  void answer_calls(std::string result, bool sse);

  std::shared_ptr<HttpExchange> exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) override;

 private:
  std::string call_head_;
  std::string call_tail_;
  bool sse_ = false;
};

/// A router before three backends, with one session that knows their tools; all on the caller's thread.
class Rig {
 public:
  Rig();

  CannedBackends& backends() { return backends_; }
  /// Serves one message of the session. Throws std::logic_error unless it is answered with a result.
  void serve(std::string_view message);

 private:
  QueueExecutor executor_;
  CannedBackends backends_;
  MemorySessionStore store_;
  BackendSessionManager upstreams_;
  Router router_;
  std::string session_;
};

}  // namespace mcprouter::bench
