#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "mcprouter/http.hpp"

namespace mcprouter::test {

struct Arrived {
  Request request;
  std::shared_ptr<ResponseWriter> writer;
};

/// Requests that wait for the test to answer them.
class Arrivals {
 public:
  void add(Request request, std::shared_ptr<ResponseWriter> writer) {
    std::lock_guard lock(mutex_);
    arrived_.push_back({std::move(request), std::move(writer)});
    changed_.notify_all();
  }
  Arrived next() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, std::chrono::seconds(20), [this] { return !arrived_.empty(); })) {
      throw std::runtime_error("no request");
    }
    Arrived first = std::move(arrived_.front());
    arrived_.pop_front();
    return first;
  }
  bool empty() {
    std::lock_guard lock(mutex_);
    return arrived_.empty();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Arrived> arrived_;
};

/// Counts the events of one answer.
class Events {
 public:
  std::function<void(ResponseWriter::Event)> listener() {
    return [this](ResponseWriter::Event event) {
      std::lock_guard lock(mutex_);
      (event == ResponseWriter::Event::closed ? closed_ : writable_)++;
      changed_.notify_all();
    };
  }
  bool wait_closed() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return closed_ == 1; });
  }
  bool wait_writable() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return writable_ > 0; });
  }
  int closed() {
    std::lock_guard lock(mutex_);
    return closed_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int closed_ = 0;
  int writable_ = 0;
};

inline std::string post(std::string_view headers, std::string_view body) {
  std::string text = "POST /mcp HTTP/1.1\r\nHost: h\r\n";
  return text.append(headers).append("\r\n").append(body);
}

inline std::string post_json(std::string_view body) {
  return post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

inline std::string status_of(const std::string& message) { return message.substr(9, 3); }

inline bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

inline const std::string kPing = post_json("{}");
inline const std::string kListen = "GET /mcp HTTP/1.1\r\nHost: h\r\nAccept: text/event-stream\r\n\r\n";

}  // namespace mcprouter::test
