#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/sse.hpp"
#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr std::size_t kChunk = 16u << 10;
constexpr std::size_t kSize = 3u << 20;
const std::string kLog = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}})";
const std::string kJsonType = "application/json";
const std::string kSseType = "text/event-stream";

/// A result with much text, `id` last.
std::string large_result(std::string_view id = "1", std::size_t size = kSize) {
  return R"({"result":{"content":[{"type":"text","text":")" + std::string(size, 'x') + R"("}]},"jsonrpc":"2.0","id":)" +
         std::string(id) + "}";
}

/// One call whose answer the test writes chunk by chunk.
class Call {
 public:
  Call(Rig& rig, const std::string& session, const std::string& answer_type, const std::string& accepted,
       const std::string& tool = "echo")
      : rig_(rig) {
    for (auto& one : rig.backends) {
      one->on("tools/call", [this, answer_type](const auto& exchange) {
        backend = exchange;
        exchange->head(200, {{"Content-Type", answer_type}});
      });
    }
    Request request = post_request(session, call_body("1", tool));
    request.headers.set("Accept", accepted == kJsonType ? kJsonType : kSseType + ", " + kJsonType + ";q=0.5");
    client = rig.start(std::move(request));
    rig.executor.run();
  }

  /// The backend sends some bytes.
  void send(std::string_view text) {
    for (; !text.empty(); text.remove_prefix(std::min(kChunk, text.size()))) {
      backend->body(std::string(text.substr(0, kChunk)));
    }
    rig_.executor.run();
  }
  void end() {
    backend->end();
    rig_.executor.run();
  }

  /// Whether the client got one whole message, and nothing that it can take for one otherwise.
  [[nodiscard]] bool got_response() const {
    const Response response = client->response();
    if (response.headers.get("Content-Type") == kJsonType) {
      return json::accept(response.body);
    }
    return !events_of(response).empty();
  }

  std::shared_ptr<MemoryExchange> backend;
  std::shared_ptr<RecordingWriter> client;

 private:
  Rig& rig_;
};

/// All data of the events of a stream with large ones.
std::vector<std::string> large_events(const Response& response) {
  std::vector<std::string> events;
  detail::SseParser parser(kSize * 2);
  parser.feed(response.body, [&](const detail::SseEvent& event) {
    if (!event.data.empty()) {
      events.push_back(event.data);
    }
  });
  return events;
}

Request get_after(const std::string& session, const std::string& event_id) {
  Request request;
  request.method = "GET";
  request.headers = {
      {"Host", "localhost"}, {"Accept", kSseType}, {"Mcp-Session-Id", session}, {"Last-Event-ID", event_id}};
  return request;
}

}  // namespace

TEST_CASE("a large result reaches the client while the backend still sends it", "[large]") {
  const std::string from = GENERATE(kJsonType, kSseType);
  const std::string to = GENERATE(kJsonType, kSseType);
  CAPTURE(from, to);
  Rig rig({"one"});
  Call call(rig, rig.open_session(), from, to);
  const std::string text = large_result();
  if (from == kSseType) {
    call.send("data: ");
  }
  call.send(std::string_view(text).substr(0, kSize / 2));
  CHECK(call.client->streamed());
  CHECK(call.client->response().body.size() > kSize / 2 - 2 * kChunk);
  call.send(std::string_view(text).substr(kSize / 2));
  CHECK_FALSE(call.client->ended());
  if (from == kSseType) {
    call.send("\n\n");
  }
  call.end();
  CHECK(call.client->ended());
  CHECK_FALSE(call.client->aborted());
  const Response response = call.client->response();
  const bool is_stream = response.headers.get("Content-Type") == kSseType;
  CHECK((is_stream ? large_events(response) : std::vector{response.body}) == std::vector{text});
  const auto chunks = call.client->chunks();
  CHECK(std::all_of(chunks.begin(), chunks.end(), [](const auto& chunk) { return chunk.size() < kSize / 8; }));
  CHECK(rig.observer.count("request_done tools/call one ok") == 1);
}

TEST_CASE("a large JSON text of many lines is one event of one line", "[large]") {
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kSseType, kSseType);
  std::string text = "{\"jsonrpc\":\"2.0\",\r\ndata: \"result\":[\n";
  std::string flat = R"({"jsonrpc":"2.0","result":[)";
  for (int i = 0; i < 100'000; ++i) {
    text += "data:  123456,\ndata:\r";
    flat += " 123456,";
  }
  call.send("data: " + text + "data: 0],\"id\":\ndata: 1}\n\n");
  CHECK(large_events(call.client->response()) == std::vector{flat + R"(0],"id":1})"});
}

TEST_CASE("what comes before a large result comes before it to the client", "[large]") {
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kSseType, kSseType);
  const std::string large_log =
      R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":")" +
      std::string(kSize, 'y') + "\"}}";
  call.send("data: " + kLog + "\n\n");
  call.send("data: " + large_log + "\n\ndata: ");
  call.send(large_result());
  call.send("\n\n");
  CHECK(large_events(call.client->response()) == std::vector{kLog, large_log, large_result()});
}

TEST_CASE("a slow client of a large result pauses its backend and gets everything in the end",
          "[large][back-pressure]") {
  const std::string to = GENERATE(kJsonType, kSseType);
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kJsonType, to);
  call.client->be_slow();
  const std::string text = large_result();
  call.send(text);
  call.backend->end();
  CHECK(call.backend->pauses() > 0);
  CHECK(call.backend->undelivered() > 100);
  CHECK(call.client->response().body.size() < 2 * (256u << 10));
  for (int i = 0; i < 10'000 && !call.client->ended(); ++i) {
    call.client->tell(ResponseWriter::Event::writable);
    rig.executor.run();
  }
  const Response response = call.client->response();
  CHECK((to == kSseType ? large_events(response) : std::vector{response.body}) == std::vector{text});
}

TEST_CASE("an answer that turns out not to be the response is cut off for the client", "[large][hostile]") {
  const std::string from = GENERATE(kJsonType, kSseType);
  const std::string to = GENERATE(kJsonType, kSseType);
  const std::string begin = large_result().substr(0, kSize / 2);
  const std::string rest = GENERATE_COPY(large_result("2").substr(kSize / 2),                 // another id
                                         "\"}]},\"jsonrpc\":\"2.0\"}",                        // none
                                         "\x80" + large_result().substr(kSize / 2),           // no UTF-8
                                         "\n" + large_result().substr(kSize / 2),             // no JSON
                                         "\"}]},\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{}}",  // two things at once
                                         "\"}]},\"jsonrpc\":\"2.0\",\"id\":1,\"result\":0}",  // twice
                                         "\"}]},\"id\":1}",                                   // no JSON-RPC
                                         "\"," + std::string(100, '['));                      // too deep
  CAPTURE(from, to, rest.substr(0, 40));
  Rig rig({"one"});
  Call call(rig, rig.open_session(), from, to);
  call.send((from == kSseType ? "data: " : "") + begin);
  std::string data = rest;
  if (from == kSseType) {
    for (std::size_t at = data.find('\n'); at != std::string::npos; at = data.find('\n', at + 1)) {
      data.insert(at + 1, "data: ");
    }
    data += "\n\n";
  }
  call.send(data);
  call.end();
  CHECK(call.client->ended());
  CHECK(call.client->aborted());
  CHECK_FALSE(call.got_response());
  CHECK(rig.observer.count("backend_failed one backend_protocol_error") == 1);
  CHECK(rig.observer.count("request_done tools/call one backend_protocol_error") == 1);
}

TEST_CASE("a large answer that breaks off is cut off for the client, and not asked for again", "[large][SSE-03]") {
  const std::string from = GENERATE(kJsonType, kSseType);
  Rig rig({"one"});
  Call call(rig, rig.open_session(), from, kSseType);
  call.send((from == kSseType ? "id: 7\ndata: " : "") + large_result().substr(0, kSize / 2));
  call.backend->fail(HttpFailure::broken);
  rig.executor.advance(5s);
  CHECK(call.client->aborted());
  CHECK_FALSE(call.got_response());
  CHECK(rig.backend().count("GET") == 0);
  CHECK(rig.observer.count("request_done tools/call one outcome_unknown") == 1);
}

TEST_CASE("a large answer that is wrong from the beginning is an error to the client", "[large][hostile]") {
  const std::string to = GENERATE(kJsonType, kSseType);
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kJsonType, to);
  call.send(R"({"jsonrpc":"2.0","id":2,"result":")" + std::string(kSize, 'x') + "\"}");
  CHECK(call.client->ended());
  CHECK_FALSE(call.client->aborted());
  CHECK(call.client->response().body.find(R"("reason":"backend_protocol_error")") != std::string::npos);
}

TEST_CASE("a large error is gathered and passes", "[large]") {
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kJsonType, kJsonType);
  const std::string error = R"("error":{"code":-1,"message":"no","data":")" + std::string(kSize, 'x') + "\"}";
  call.send(R"({"jsonrpc":"2.0",)" + error);
  CHECK_FALSE(call.client->streamed());
  call.send("}");
  call.end();
  CHECK(call.client->response().body == R"({"jsonrpc":"2.0","id":1,)" + error + "}");
}

TEST_CASE("a client that leaves a large result ends the call", "[large]") {
  const std::string to = GENERATE(kJsonType, kSseType);
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kJsonType, to);
  call.send(large_result().substr(0, kSize / 2));
  call.client->tell(ResponseWriter::Event::closed);
  call.send(std::string(kChunk, 'x'));
  call.send(std::string(kChunk, 'x'));
  rig.executor.advance(2s);
  CHECK(call.backend->cancelled());
  CHECK(rig.observer.count("request_done tools/call one cancelled") == 1);
}

TEST_CASE("a large result can be cancelled while it comes", "[large]") {
  const std::string to = GENERATE(kJsonType, kSseType);
  Rig rig({"one"});
  const std::string session = rig.open_session();
  Call call(rig, session, kJsonType, to);
  call.send(large_result().substr(0, kSize / 2));
  rig.post(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  CHECK(call.backend->cancelled());
  CHECK(call.client->aborted());
  CHECK_FALSE(call.got_response());
}

TEST_CASE("a comment that keeps the connection does not fall into a large event", "[large][stream]") {
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kJsonType, kSseType);
  const std::string text = large_result();
  call.send(std::string_view(text).substr(0, kSize / 2));
  const std::size_t before = call.client->response().body.size();
  rig.executor.advance(50s);
  call.send(std::string_view(text).substr(kSize / 2, kChunk));
  rig.executor.advance(50s);
  CHECK(call.client->response().body.size() == before + kChunk);
  call.send(std::string_view(text).substr(kSize / 2 + kChunk));
  call.end();
  CHECK(large_events(call.client->response()) == std::vector{text});
}

TEST_CASE("a backend that stops in the middle of a large result is not waited for for ever", "[large]") {
  Rig rig({"one"});
  Call call(rig, rig.open_session(), kJsonType, kSseType);
  call.send(large_result().substr(0, kSize / 2));
  rig.executor.advance(61s);
  CHECK(call.client->aborted());
  CHECK(rig.observer.count("request_done tools/call one backend_timeout") == 1);
}

TEST_CASE("a large result is not kept: who missed some of it cannot come back for it", "[large][RSM-02]") {
  Rig rig({"one"});
  const std::string session = rig.open_session();
  Call call(rig, session, kSseType, kSseType);
  call.send("data: " + kLog + "\n\n");
  const std::string begin = call.client->response().body;
  const std::size_t id_at = begin.rfind("id: ") + 4;
  const std::string log_id = begin.substr(id_at, begin.find('\n', id_at) - id_at);
  call.send("data: " + large_result().substr(0, kSize / 2));
  call.client->tell(ResponseWriter::Event::closed);
  CHECK(rig.send(get_after(session, log_id)).status == 400);
  call.send(large_result().substr(kSize / 2) + "\n\n");
  CHECK(rig.send(get_after(session, log_id)).status == 400);
}

TEST_CASE("a large result within what is kept for replay can be resumed", "[large][RSM-02]") {
  RouterOptions options;
  options.limits.max_replay_bytes = 2 * kSize;
  Rig rig({"one"}, options);
  const std::string session = rig.open_session();
  Call call(rig, session, kSseType, kSseType);
  call.send("data: " + kLog + "\n\n");
  const std::string begin = call.client->response().body;
  const std::size_t id_at = begin.rfind("id: ") + 4;
  call.client->tell(ResponseWriter::Event::closed);
  call.send("data: " + large_result() + "\n\n");
  const Response resumed = rig.send(get_after(session, begin.substr(id_at, begin.find('\n', id_at) - id_at)));
  CHECK(large_events(resumed) == std::vector{large_result()});
}

TEST_CASE("links in a large result are exposed as in a small one", "[large][TRAP-36]") {
  Rig rig({"a", "b"}, {}, {}, nullptr, R"({"tools":{},"resources":{}})");
  set_resources(rig.backend(0), {"x://1"});
  set_resources(rig.backend(1), {});
  const std::string session = open_known_session(rig);
  ask(rig, session, "resources/list");
  ask(rig, session, "tools/list");
  Call call(rig, session, kJsonType, kJsonType, "b__echo");
  const std::string link = R"({"type":"resource_link","uri":"x://1"})";
  const std::string text = R"({"type":"text","text":")" + std::string(kSize, 'x') + "\"}";
  call.send(R"({"jsonrpc":"2.0","id":1,"result":{"content":[)" + link + "," + text + "," + link + "]}}");
  call.end();
  const json result = json::parse(call.client->response().body)["result"];
  CHECK(result["content"][0]["uri"] == "b+x://1");
  CHECK(result["content"][2]["uri"] == "b+x://1");
}

TEST_CASE("large results of a batch are gathered", "[large][BAT-01]") {
  Rig rig({"one"});
  const std::string session = rig.open_session("2025-03-26");
  rig.backend().on("tools/call",
                   [](const auto& exchange) { exchange->json(large_result(id_of(exchange->request.body))); });
  Request request = post_request(session, "[" + call_body("1", "echo") + "," + call_body("2", "echo") + "]");
  const Response response = rig.send(std::move(request));
  CHECK(large_events(response) == std::vector{large_result("1"), large_result("2")});
}

TEST_CASE("a modern client gets a large result in parts, as one of its era", "[large][modern]") {
  const std::string accepted = GENERATE(kJsonType, kSseType);
  Rig rig({"one"});
  std::shared_ptr<MemoryExchange> backend;
  rig.backend().on("tools/call", [&](const auto& exchange) {
    backend = exchange;
    exchange->head(200, {{"Content-Type", kJsonType}});
  });
  Request request = modern_request("c", "tools/call", {{"name", "echo"}});
  request.headers.set("Accept", accepted);
  const auto client = rig.start(std::move(request));
  rig.executor.run();
  REQUIRE(backend);
  const std::string text = large_result(id_of(backend->request.body));
  const auto send = [&](std::string_view part) {
    for (; !part.empty(); part.remove_prefix(std::min(kChunk, part.size()))) {
      backend->body(std::string(part.substr(0, kChunk)));
    }
    rig.executor.run();
  };
  send(std::string_view(text).substr(0, kSize / 2));
  CHECK(client->streamed());
  CHECK(client->response().body.size() > kSize / 3);

  SECTION("to its end") {
    send(std::string_view(text).substr(kSize / 2));
    backend->end();
    rig.executor.run();
    CHECK(client->ended());
    CHECK_FALSE(client->aborted());
    const Response response = client->response();
    const json answer = json::parse(accepted == kSseType ? large_events(response).at(0) : response.body);
    CHECK(answer["id"] == "c");
    CHECK(answer["result"]["resultType"] == "complete");
    CHECK(answer["result"]["_meta"].contains("io.modelcontextprotocol/serverInfo"));
    CHECK(answer["result"]["content"][0]["text"].get_ref<const std::string&>().size() == kSize);
  }
  SECTION("until it turns out to be something else") {
    send("\"}]},\"jsonrpc\":\"2.0\",\"id\":\"other\"}");
    rig.executor.run();
    CHECK(client->aborted());
    CHECK(backend->cancelled());
    CHECK(rig.observer.count("request_done tools/call one backend_protocol_error") == 1);
  }
  SECTION("until it leaves") {
    client->tell(ResponseWriter::Event::closed);
    send(std::string(kChunk, 'x'));
    rig.executor.advance(2s);
    CHECK(backend->cancelled());
    CHECK(rig.observer.count("request_done tools/call one cancelled") == 1);
  }
  SECTION("until the backend breaks off") {
    backend->fail(HttpFailure::broken);
    rig.executor.run();
    CHECK(client->aborted());
    CHECK(rig.observer.count("request_done tools/call one outcome_unknown") == 1);
  }
}
