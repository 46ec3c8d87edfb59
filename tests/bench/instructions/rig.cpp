#include "rig.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <utility>

namespace mcprouter::bench {
namespace {

constexpr std::string_view kList =
    R"({"tools":[{"name":"echo","description":"Says it again.","inputSchema":{"type":"object"}}]})";
constexpr std::string_view kInitialized =
    R"({"protocolVersion":"2025-11-25","capabilities":{"tools":{}},"serverInfo":{"name":"canned","version":"1"}})";

std::vector<Backend> three_backends() {
  std::vector<Backend> backends(3);
  for (std::size_t i = 0; i < backends.size(); ++i) {
    backends[i].name = fmt::format("b{}", i);
    backends[i].url = fmt::format("http://127.0.0.1:{}/mcp", 9000 + i);
  }
  return backends;
}

/// The id of a request as the router writes its messages and passes ours.
std::string_view id_of(std::string_view body) {
  constexpr std::string_view before = R"("id":)";
  const std::size_t begin = body.find(before) + before.size();
  return body.substr(begin, body.find(',', begin) - begin);
}

class Exchange final : public HttpExchange {
 public:
  Exchange(std::shared_ptr<HttpEvents> events, ResponseHead head, std::string body)
      : events_(std::move(events)), head_(std::move(head)), body_(std::move(body)) {}

  void start() override {
    const std::shared_ptr<HttpEvents> events = std::move(events_);
    events->on_head(std::move(head_));
    if (!body_.empty()) events->on_body(body_);
    events->on_end({});
  }
  void pause() override {}
  void resume() override {}
  void cancel() override {}

 private:
  std::shared_ptr<HttpEvents> events_;
  ResponseHead head_;
  std::string body_;
};

/// Throws the answer away, but for what tells that it is one.
class NullWriter final : public ResponseWriter {
 public:
  void respond(Response response) override {
    session = response.headers.get("Mcp-Session-Id");
    answered = response.body.find(R"("result":)") != std::string::npos;
  }
  void start(ResponseHead) override {}
  bool write(std::string_view) override { return true; }
  void finish() override { answered = true; }
  void abort() override {}
  void listen(std::function<void(Event)>) override {}

  std::string session;
  bool answered = false;
};

Request post(std::string_view session, std::string_view body) {
  Request request;
  request.method = "POST";
  request.headers = {{"Host", "127.0.0.1:8080"},
                     {"User-Agent", "node"},
                     {"Content-Type", "application/json"},
                     {"Accept", "application/json, text/event-stream"},
                     {"Content-Length", std::to_string(body.size())}};
  if (!session.empty()) {
    request.headers.add("Mcp-Session-Id", session);
    request.headers.add("MCP-Protocol-Version", "2025-11-25");
  }
  request.body = body;
  request.peer = "127.0.0.1";
  return request;
}

}  // namespace

void QueueExecutor::run() {
  while (!posted_.empty()) {
    const auto work = std::move(posted_.front());
    posted_.pop_front();
    work();
  }
}

void CannedBackends::answer_calls(std::string result, bool sse) {
  call_head_ = fmt::format(R"({}{{"result":{},"jsonrpc":"2.0","id":)", sse ? "event: message\ndata: " : "", result);
  call_tail_ = sse ? "}\n\n" : "}";
  sse_ = sse;
}

std::shared_ptr<HttpExchange> CannedBackends::exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) {
  const std::string_view body = request.body;
  const auto is = [body](std::string_view method) { return body.find(method) != std::string_view::npos; };
  const auto answer = [&](Headers headers, std::string text) {
    return std::make_shared<Exchange>(std::move(events), ResponseHead{200, std::move(headers)}, std::move(text));
  };
  const auto result = [&](std::string_view value) {
    return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id_of(body), value);
  };
  if (is(R"("tools/call")")) {
    return answer({{"Content-Type", sse_ ? "text/event-stream" : "application/json"}},
                  std::string(call_head_).append(id_of(body)).append(call_tail_));
  }
  if (is(R"("tools/list")")) {
    return answer({{"Content-Type", "application/json"}}, result(kList));
  }
  if (is(R"("initialize")")) {
    return answer({{"Content-Type", "application/json"}, {"Mcp-Session-Id", "upstream-session"}}, result(kInitialized));
  }
  return std::make_shared<Exchange>(std::move(events), ResponseHead{202, {}}, std::string());
}

Rig::Rig()
    : upstreams_(backends_, executor_, store_),
      router_({backends_, executor_, store_, upstreams_}, {}, three_backends()) {
  serve(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",)"
        R"("capabilities":{},"clientInfo":{"name":"bench","version":"1"}}})");
  serve(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
}

void Rig::serve(std::string_view message) {
  const auto writer = std::make_shared<NullWriter>();
  router_.handle(post(session_, message), writer);
  executor_.run();
  if (!writer->answered) throw std::logic_error("not answered with a result");
  if (session_.empty()) session_ = writer->session;
}

}  // namespace mcprouter::bench
