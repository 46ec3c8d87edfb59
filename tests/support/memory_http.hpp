#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "mcprouter/http_client.hpp"

namespace mcprouter::test {

/// The backend's end of one exchange. The script answers at once or keeps it and answers later, from any thread.
class MemoryExchange final : public HttpExchange, public std::enable_shared_from_this<MemoryExchange> {
 public:
  using Serve = std::function<void(std::shared_ptr<MemoryExchange>)>;

  MemoryExchange(HttpRequest its_request, std::shared_ptr<HttpEvents> events, Serve serve)
      : request(std::move(its_request)), events_(std::move(events)), serve_(std::move(serve)) {}

  const HttpRequest request;

  void start() override { serve_(shared_from_this()); }
  void pause() override {
    const std::lock_guard lock(mutex_);
    paused_ = true;
    ++pauses_;
  }
  void resume() override {
    {
      const std::lock_guard lock(mutex_);
      paused_ = false;
    }
    deliver();
  }
  void cancel() override {
    {
      const std::lock_guard lock(mutex_);
      cancelled_ = true;
      paused_ = false;
      waiting_.clear();
    }
    push([](HttpEvents& events) { events.on_end({HttpFailure::cancelled, "cancelled"}); }, true);
  }

  // What the script says.
  void respond(int status, Headers headers, std::string body) {
    head(status, std::move(headers));
    if (!body.empty()) {
      this->body(std::move(body));
    }
    end();
  }
  void json(std::string body, Headers headers = {}) {
    headers.set("Content-Type", "application/json");
    respond(200, std::move(headers), std::move(body));
  }
  void head(int status, Headers headers = {}) {
    push([status, headers = std::move(headers)](HttpEvents& events) { events.on_head({status, headers}); });
  }
  void body(std::string chunk) {
    push([chunk = std::move(chunk)](HttpEvents& events) { events.on_body(chunk); });
  }
  void end() {
    push([](HttpEvents& events) { events.on_end({}); }, true);
  }
  void fail(HttpFailure failure) {
    push([failure](HttpEvents& events) { events.on_end({failure, "scripted"}); }, true);
  }

  [[nodiscard]] bool cancelled() const {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }
  [[nodiscard]] int pauses() const {
    const std::lock_guard lock(mutex_);
    return pauses_;
  }
  [[nodiscard]] std::size_t undelivered() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }

 private:
  struct Step {
    std::function<void(HttpEvents&)> tell;
    bool last;
  };

  void push(std::function<void(HttpEvents&)> tell, bool last = false) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.push_back({std::move(tell), last});
    }
    deliver();
  }

  /// Hands the steps over one after another; a step that comes while another is told waits for it.
  void deliver() {
    const auto self = shared_from_this();
    std::unique_lock lock(mutex_);
    while (!delivering_ && !paused_ && events_ && !waiting_.empty()) {
      delivering_ = true;
      const Step step = std::move(waiting_.front());
      waiting_.pop_front();
      const std::shared_ptr<HttpEvents> events = step.last ? std::move(events_) : events_;
      lock.unlock();
      step.tell(*events);
      lock.lock();
      delivering_ = false;
    }
  }

  std::shared_ptr<HttpEvents> events_;
  const Serve serve_;
  mutable std::mutex mutex_;
  std::deque<Step> waiting_;
  bool delivering_ = false;
  bool paused_ = false;
  bool cancelled_ = false;
  int pauses_ = 0;
};

/// An HttpClient without a network: a URL leads to a script. A URL nobody serves is refused.
class MemoryHttp final : public HttpClient {
 public:
  void serve(std::string url, MemoryExchange::Serve serve) {
    const std::lock_guard lock(mutex_);
    servers_[std::move(url)] = std::move(serve);
  }
  void refuse(const std::string& url) {
    const std::lock_guard lock(mutex_);
    servers_.erase(url);
  }

  std::shared_ptr<HttpExchange> exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) override {
    return std::make_shared<MemoryExchange>(
        std::move(request), std::move(events), [this](const std::shared_ptr<MemoryExchange>& exchange) {
          MemoryExchange::Serve serve;
          {
            const std::lock_guard lock(mutex_);
            if (const auto found = servers_.find(exchange->request.url); found != servers_.end()) {
              serve = found->second;
            }
          }
          if (serve) {
            serve(exchange);
          } else {
            exchange->fail(HttpFailure::not_sent);
          }
        });
  }

 private:
  std::mutex mutex_;
  std::map<std::string, MemoryExchange::Serve> servers_;
};

}  // namespace mcprouter::test
