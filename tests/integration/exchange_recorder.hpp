#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "mcprouter/http_client.hpp"

namespace mcprouter::test {

/// Keeps what an exchange reports, and waits for it.
class Recorder final : public HttpEvents {
 public:
  void on_head(ResponseHead head) override {
    std::lock_guard lock(mutex_);
    overlapped_ = overlapped_ || ended_;
    head_ = std::move(head);
    has_head_ = true;
    changed_.notify_all();
  }
  void on_body(std::string_view chunk) override {
    std::lock_guard lock(mutex_);
    overlapped_ = overlapped_ || ended_;
    body_ += chunk;
    largest_ = std::max(largest_, chunk.size());
    changed_.notify_all();
  }
  void on_end(HttpEnd end) override {
    std::lock_guard lock(mutex_);
    overlapped_ = overlapped_ || ended_;
    end_ = std::move(end);
    ended_ = true;
    changed_.notify_all();
  }

  ResponseHead head() {
    wait([this] { return has_head_ || ended_; });
    return head_;
  }
  std::string body(std::size_t size) {
    wait([this, size] { return body_.size() >= size || ended_; });
    return body_;
  }
  HttpEnd end() {
    wait([this] { return ended_; });
    return end_;
  }
  std::string whole_body() {
    end();
    return body_;
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return body_.size();
  }
  bool has_head() {
    std::lock_guard lock(mutex_);
    return has_head_;
  }
  bool has_ended() {
    std::lock_guard lock(mutex_);
    return ended_;
  }
  bool overlapped() {
    std::lock_guard lock(mutex_);
    return overlapped_;
  }

 private:
  template <typename Condition>
  void wait(Condition condition) {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), condition))
      throw std::runtime_error("the exchange does nothing");
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  ResponseHead head_;
  std::string body_;
  HttpEnd end_;
  std::size_t largest_ = 0;
  bool has_head_ = false;
  bool ended_ = false;
  bool overlapped_ = false;
};

struct Call {
  std::shared_ptr<Recorder> events;
  std::shared_ptr<HttpExchange> exchange;
};

inline HttpRequest post(const std::string& url, std::string body = "{}") {
  HttpRequest request;
  request.method = "POST";
  request.url = url;
  request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

/// A GET for a stream that may stay open for as long as anything may.
inline HttpRequest listen(const std::string& url) {
  HttpRequest request;
  request.method = "GET";
  request.url = url;
  request.headers.add("Accept", "text/event-stream");
  request.idle_timeout = request.total_timeout = std::chrono::hours(8760);
  return request;
}

inline Call begin(HttpClient& client, HttpRequest request) {
  Call call;
  call.events = std::make_shared<Recorder>();
  call.exchange = client.exchange(std::move(request), call.events);
  call.exchange->start();
  return call;
}

inline const std::string kEventStream =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
inline const std::string kJson = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

}  // namespace mcprouter::test
