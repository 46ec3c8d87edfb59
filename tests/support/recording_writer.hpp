#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "mcprouter/http.hpp"

namespace mcprouter::test {

/// A client's end of an answer: records what the router wrote, and may be slow or go away.
class RecordingWriter final : public ResponseWriter {
 public:
  void respond(Response response) override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    response_ = std::move(response);
    changed_.notify_all();
  }
  void start(ResponseHead head) override {
    const std::lock_guard lock(mutex_);
    streamed_ = true;
    response_.status = head.status;
    response_.headers = std::move(head.headers);
    changed_.notify_all();
  }
  bool write(std::string_view chunk) override {
    const std::lock_guard lock(mutex_);
    response_.body.append(chunk);
    chunks_.emplace_back(chunk);
    changed_.notify_all();
    return !slow_;
  }
  void finish() override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    changed_.notify_all();
  }
  void abort() override {
    const std::lock_guard lock(mutex_);
    ++ends_;
    aborted_ = true;
    changed_.notify_all();
  }
  void listen(std::function<void(Event)> listener) override {
    const std::lock_guard lock(mutex_);
    listener_ = std::move(listener);
  }

  /// From now on every write finds the queue full.
  void be_slow() {
    const std::lock_guard lock(mutex_);
    slow_ = true;
  }
  void tell(Event event) {
    std::function<void(Event)> listener;
    {
      const std::lock_guard lock(mutex_);
      listener = listener_;
    }
    listener(event);
  }

  Response wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ends_ > 0; });
    return response_;
  }

  [[nodiscard]] bool ended() const {
    const std::lock_guard lock(mutex_);
    return ends_ > 0;
  }
  [[nodiscard]] int ends() const {
    const std::lock_guard lock(mutex_);
    return ends_;
  }
  [[nodiscard]] bool streamed() const {
    const std::lock_guard lock(mutex_);
    return streamed_;
  }
  [[nodiscard]] bool aborted() const {
    const std::lock_guard lock(mutex_);
    return aborted_;
  }
  [[nodiscard]] Response response() const {
    const std::lock_guard lock(mutex_);
    return response_;
  }
  [[nodiscard]] std::vector<std::string> chunks() const {
    const std::lock_guard lock(mutex_);
    return chunks_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Response response_;
  std::vector<std::string> chunks_;
  std::function<void(Event)> listener_;
  bool slow_ = false;
  bool streamed_ = false;
  bool aborted_ = false;
  int ends_ = 0;
};

}  // namespace mcprouter::test
