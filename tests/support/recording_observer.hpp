#pragma once

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mcprouter/observer.hpp"

namespace mcprouter::test {

/// Writes down what it is told, one line an event.
class RecordingObserver final : public Observer {
 public:
  void session_opened(std::string_view version) override { add("session_opened", version); }
  void session_ended(SessionEnd why) override {
    add("session_ended", why == SessionEnd::deleted ? "deleted" : why == SessionEnd::expired ? "expired" : "shutdown");
  }
  void request_done(std::string_view method, std::string_view backend, std::string_view outcome,
                    std::chrono::microseconds) override {
    add("request_done", method, backend, outcome);
  }
  void upstream_opened(std::string_view backend, std::string_view version) override {
    add("upstream_opened", backend, version);
  }
  void upstream_lost(std::string_view backend) override { add("upstream_lost", backend); }
  void upstream_ended(std::string_view backend, bool clean) override {
    add("upstream_ended", backend, clean ? "clean" : "unclean");
  }
  void backend_failed(std::string_view backend, Reason reason, std::string_view detail) override {
    add("backend_failed", backend, info(reason).name, detail);
  }
  void list_incomplete(std::string_view method, std::string_view backend, std::string_view detail) override {
    add("list_incomplete", method, backend, detail);
  }

  void clear() {
    const std::lock_guard lock(mutex_);
    lines_.clear();
  }

  [[nodiscard]] std::vector<std::string> lines() const {
    const std::lock_guard lock(mutex_);
    return lines_;
  }
  [[nodiscard]] std::size_t count(std::string_view beginning) const {
    const auto all = lines();
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const std::string& line) { return line.starts_with(beginning); }));
  }

 private:
  template <typename... Words>
  void add(Words... words) {
    std::string line;
    ((line += line.empty() ? "" : " ", line += words), ...);
    const std::lock_guard lock(mutex_);
    lines_.push_back(std::move(line));
  }

  mutable std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace mcprouter::test
