#include "support/recording_backend.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace mcprouter::test {

std::string id_of(std::string_view body) {
  const auto json = nlohmann::json::parse(body);
  return json.contains("id") ? json["id"].dump() : std::string();
}

std::string method_of(std::string_view body) {
  const auto json = nlohmann::json::parse(body, nullptr, false);
  return json.is_object() && json.contains("method") ? json["method"].get<std::string>() : std::string();
}

RecordingBackend::RecordingBackend(MemoryHttp& http, std::string name) : http_(http), name_(std::move(name)) {
  come_up();
}

void RecordingBackend::on(const std::string& method, Behaviour behaviour) {
  const std::lock_guard lock(mutex_);
  behaviours_[method] = std::move(behaviour);
}

void RecordingBackend::behave(const std::string& method) {
  const std::lock_guard lock(mutex_);
  behaviours_.erase(method);
}

void RecordingBackend::go_down() { http_.refuse(url()); }

void RecordingBackend::come_up() {
  http_.serve(url(), [this](const Exchange& exchange) { serve(exchange); });
}

std::vector<Seen> RecordingBackend::seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

std::vector<Seen> RecordingBackend::seen(std::string_view method) const {
  std::vector<Seen> matching;
  for (Seen& one : seen()) {
    if (one.rpc_method == method || one.http_method == method) {
      matching.push_back(std::move(one));
    }
  }
  return matching;
}

void RecordingBackend::forget_seen() {
  const std::lock_guard lock(mutex_);
  seen_.clear();
}

void RecordingBackend::serve(const Exchange& exchange) {
  const HttpRequest& request = exchange->request;
  const std::string method = request.method == "POST" ? method_of(request.body) : request.method;
  Behaviour behaviour;
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back({request.method, request.method == "POST" ? method : "", request.headers, request.body});
    if (const auto found = behaviours_.find(method); found != behaviours_.end()) {
      behaviour = found->second;
    }
  }
  if (behaviour) {
    behaviour(exchange);
  } else {
    serve_as_usual(exchange);
  }
}

}  // namespace mcprouter::test
