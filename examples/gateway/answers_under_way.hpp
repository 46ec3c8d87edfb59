#pragma once

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>

namespace gateway {

/// The answers that a server is writing: `Server::stop` cuts a stream whose last bytes are not out yet.
///
/// Thread safety: thread-safe. Lifetime: outlives the server.
class AnswersUnderWay {
 public:
  /// Takes the server's pre-routing handler and logger for itself.
  void watch(httplib::Server& server) {
    server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response&) {
      const std::lock_guard lock(mutex_);
      requests_.insert(&request);
      return httplib::Server::HandlerResponse::Unhandled;
    });
    server.set_logger([this](const httplib::Request& request, const httplib::Response&) {
      const std::lock_guard lock(mutex_);
      requests_.erase(&request);
      changed_.notify_all();
    });
  }

  /// Blocks until there is none, for `time` at most.
  void wait_none(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, time, [this] { return requests_.empty(); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::set<const httplib::Request*> requests_;  // guarded by `mutex_`; never dereferenced
};

}  // namespace gateway
