#include "client.hpp"

#include <cstdio>
#include <stdexcept>

namespace walk {
namespace {

constexpr std::chrono::seconds read_timeout{30};
constexpr std::size_t max_answer = 4u << 20;

std::size_t end_of_origin(const std::string& url) {
  if (url.rfind("http://", 0) != 0) throw std::invalid_argument("the URL must begin with http://");
  const std::size_t slash = url.find('/', 7);
  return slash == std::string::npos ? url.size() : slash;
}

std::string path_of(const std::string& url) {
  const std::size_t end = end_of_origin(url);
  return end == url.size() ? "/" : url.substr(end);
}

/// Takes a stream of events apart: calls back with the data of every event that is complete.
class EventReader {
 public:
  explicit EventReader(std::function<void(const std::string&)> event) : event_(std::move(event)) {}

  void feed(const char* data, std::size_t size) {
    buffer_.append(data, size);
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = buffer_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      std::string line = buffer_.substr(begin, end - begin);
      if (!line.empty() && line.back() == '\r') line.pop_back();
      take(line);
    }
    buffer_.erase(0, begin);
  }

 private:
  void take(const std::string& line) {
    if (line.empty()) {
      if (!data_.empty()) event_(data_);
      data_.clear();
    } else if (line.rfind("data:", 0) == 0) {
      if (!data_.empty()) data_ += '\n';
      data_ += line.substr(line.size() > 5 && line[5] == ' ' ? 6 : 5);
    }
  }

  std::function<void(const std::string&)> event_;
  std::string buffer_;
  std::string data_;
};

std::string milliseconds_since(std::chrono::steady_clock::time_point start) {
  char text[32];
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  std::snprintf(text, sizeof text, "%.1f ms", took.count());
  return text;
}

}  // namespace

Client::Client(const std::string& url, const Printer& printer)
    : printer_(printer), path_(path_of(url)), origin_(url.substr(0, end_of_origin(url))), http_(origin_) {
  http_.set_read_timeout(read_timeout);
  http_.set_keep_alive(true);
  http_.set_tcp_nodelay(true);
}

void Client::set_session(std::string id, std::string protocol_version) {
  session_id_ = std::move(id);
  protocol_version_ = std::move(protocol_version);
}

Answer Client::post(const Json& message) {
  httplib::Request request;
  request.method = "POST";
  request.set_header("Content-Type", "application/json");
  request.set_header("Accept", "application/json, text/event-stream");
  request.body = message.dump();
  return exchange(std::move(request), &message);
}

Answer Client::end() {
  httplib::Request request;
  request.method = "DELETE";
  return exchange(std::move(request), nullptr);
}

Answer Client::exchange(httplib::Request request, const Json* message) {
  request.path = path_;
  if (!protocol_version_.empty()) request.set_header("MCP-Protocol-Version", protocol_version_);
  if (!session_id_.empty()) request.set_header("Mcp-Session-Id", session_id_);
  printer_.sent(request.method + " " + path_);
  for (const char* name : {"Accept", "MCP-Protocol-Version", "Mcp-Session-Id"}) {
    if (request.has_header(name)) printer_.header(name, request.get_header_value(name));
  }
  if (message != nullptr) printer_.body(*message);

  Answer answer;
  std::string body;
  std::size_t received = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto take = [&](const std::string& text, const std::string& what) {
    Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded()) {
      answer.problem = what + " is not JSON";
      return;
    }
    if (answer.streamed) printer_.received("event after " + milliseconds_since(start), true);
    printer_.body(json);
    answer.messages.push_back(std::move(json));
  };
  EventReader events([&](const std::string& data) { take(data, "an event"); });

  // Printed before the body is there: that is what makes a stream visible.
  const auto show_head = [&](const httplib::Response& head) {
    answer.status = head.status;
    answer.session_id = head.get_header_value("Mcp-Session-Id");
    answer.streamed = head.get_header_value("Content-Type").rfind("text/event-stream", 0) == 0;
    printer_.received(std::to_string(head.status) + " " + head.reason + " after " + milliseconds_since(start),
                      head.status < 400);
    for (const char* name : {"Content-Type", "MCP-Protocol-Version", "Mcp-Session-Id", "Allow", "Retry-After"}) {
      if (head.has_header(name)) printer_.header(name, head.get_header_value(name));
    }
    return true;
  };
  request.response_handler = show_head;
  request.content_receiver = [&](const char* data, std::size_t size, auto, auto) {
    received += size;
    if (received > max_answer) return false;
    if (answer.streamed) {
      events.feed(data, size);
    } else {
      body.append(data, size);
    }
    return true;
  };
  const httplib::Result result = http_.send(request);
  if (result && answer.status == 0) show_head(*result);  // 204 has no body, and then the handler is not called
  if (!result) answer.problem = "the exchange failed: " + httplib::to_string(result.error());
  if (result && !body.empty()) take(body, "the body");
  return answer;
}

}  // namespace walk
