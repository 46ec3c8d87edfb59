#include <string>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

const std::string kProgress =
    R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})";
const std::string kLog = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}})";
const std::string kResult = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";

std::string event(const std::string& data) { return "event: message\r\ndata: " + data + "\r\n\r\n"; }

Request accepting(std::string_view session, const std::string& accept) {
  Request request = post_request(session, tracked_call_body("1", "echo"));
  request.headers.set("Accept", accept);
  return request;
}

}  // namespace

TEST_CASE("notifications before the response are relayed as they come, in order", "[stream]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto writer = rig.start(post_request(rig.open_session(), tracked_call_body("1", "echo")));
  held->head(200, kSse);
  REQUIRE(writer->streamed());  // this will take a while: the client can come back for it from now on
  held->body(event(kProgress));
  CHECK(events_of(writer->response()) == std::vector<std::string>{kProgress});
  CHECK(writer->response().headers.get("Content-Type") == "text/event-stream");
  CHECK(writer->response().headers.get("X-Accel-Buffering") == "no");
  CHECK(writer->response().headers.get("MCP-Protocol-Version") == "2025-11-25");
  held->body(event(kLog));
  CHECK(events_of(writer->response()).size() == 2);
  held->body(event(kResult));
  CHECK(writer->ended());
  CHECK(events_of(writer->response()) == std::vector<std::string>{kProgress, kLog, kResult});
}

TEST_CASE("a client that does not accept SSE gets the response alone", "[stream]") {
  Rig rig({"a"});
  rig.backend().on("tools/call",
                   [&](const auto& exchange) { exchange->respond(200, kSse, event(kProgress) + event(kResult)); });
  const Response response = rig.send(accepting(rig.open_session(), "application/json"));
  CHECK(response.headers.get("Content-Type") == "application/json");
  CHECK(response.body == kResult);
}

TEST_CASE("an SSE answer with nothing but the response becomes JSON for a client that takes both", "[stream]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [&](const auto& exchange) { exchange->respond(200, kSse, event(kResult)); });
  CHECK(rig.send(accepting(rig.open_session(), "application/json, text/event-stream")).body == kResult);
  const Response sse = rig.send(accepting(rig.open_session(), "text/event-stream"));
  CHECK(events_of(sse) == std::vector<std::string>{kResult});
}

TEST_CASE("a stream split anywhere reads the same, with BOM, comments and every kind of line end",
          "[stream][TRAP-18]") {
  Rig rig({"a"});
  const std::string stream =
      "\xEF\xBB\xBF: hello\r\rid: 1\ndata:\n\nevent: message\rdata: " + kProgress +
      "\r\n\r\n:\n\nretry: 10\ndata: {\"jsonrpc\":\"2.0\",\ndata: \"id\":1,\"result\":{}}\nid: 2\n\n";
  const std::string session = rig.open_session();
  for (std::size_t split = 0; split <= stream.size(); ++split) {
    rig.backend().on("tools/call", [&](const auto& exchange) {
      exchange->head(200, kSse);
      exchange->body(stream.substr(0, split));
      exchange->body(stream.substr(split));
      exchange->end();
    });
    const auto events = events_of(rig.send(post_request(session, tracked_call_body("1", "echo"))));
    REQUIRE(events.size() == 2);
    CHECK(events[0] == kProgress);
    CHECK(events[1] == "{\"jsonrpc\":\"2.0\",\n\"id\":1,\"result\":{}}");
  }
}

TEST_CASE("what follows the response is not relayed, and a stream that does not end is cut off", "[stream][PRG-02]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto writer = rig.start(post_request(rig.open_session(), tracked_call_body("1", "echo")));
  held->head(200, kSse);
  held->body(event(kProgress) + event(kResult) + event(kProgress));
  held->body(event(kLog));
  CHECK(events_of(writer->response()).size() == 2);
  CHECK(writer->ends() == 1);
  CHECK_FALSE(held->cancelled());
  rig.executor.advance(1s);
  CHECK(held->cancelled());
}

TEST_CASE("a response to another id is not taken for ours", "[stream]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [&](const auto& exchange) {
    exchange->respond(200, kSse, event(R"({"jsonrpc":"2.0","id":"1","result":{"wrong":true}})") + event(kResult));
  });
  CHECK(rig.post(rig.open_session(), tracked_call_body("1", "echo")).body == kResult);
}

TEST_CASE("a stream cut after a notification ends with an error for the client", "[stream]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [&](const auto& exchange) {
    exchange->head(200, kSse);
    exchange->body(event(kProgress) + "data: {\"jsonrpc\"");
    exchange->fail(HttpFailure::broken);
  });
  const auto events = events_of(rig.post(rig.open_session(), tracked_call_body("1", "echo")));
  REQUIRE(events.size() == 2);
  CHECK(events[1].find("outcome_unknown") != std::string::npos);
}

TEST_CASE("a ping of the backend is answered, not relayed", "[stream][INIT-09]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [&](const auto& exchange) {
    exchange->respond(200, kSse, event(R"({"jsonrpc":"2.0","id":"p","method":"ping"})") + event(kResult));
  });
  CHECK(rig.post(rig.open_session(), tracked_call_body("1", "echo")).body == kResult);
  const auto posts = rig.backend().seen("");
  REQUIRE(posts.size() == 1);
  CHECK(posts[0].body == R"({"jsonrpc":"2.0","id":"p","result":{}})");
  CHECK(posts[0].headers.get("Mcp-Session-Id") == "a-session-1");
}

TEST_CASE("a backend that asks without end is cut off", "[stream][limits]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) {
    held = exchange;
    exchange->head(200, kSse);
    for (int i = 0; i < 2'000; ++i) {
      exchange->body(event(R"({"jsonrpc":"2.0","id":"p","method":"ping"})"));
    }
  });
  const Response response = rig.post(rig.open_session(), tracked_call_body("1", "echo"));
  CHECK(response.body.find("backend_protocol_error") != std::string::npos);
  CHECK(rig.backend().seen("").size() == 1'000);
  CHECK(held->cancelled());
}

TEST_CASE("a slow client pauses its backend and gets everything in the end", "[stream][back-pressure]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto writer = rig.start(post_request(rig.open_session(), tracked_call_body("1", "echo")));
  writer->be_slow();
  held->head(200, kSse);
  for (int i = 0; i < 200; ++i) {
    held->body(event(kLog));
  }
  held->body(event(kResult));
  CHECK(writer->chunks().size() == 1);  // waits for the client after the first
  CHECK(held->pauses() == 1);
  CHECK(held->undelivered() > 100);
  while (!writer->ended()) {
    writer->tell(ResponseWriter::Event::writable);
  }
  CHECK(events_of(writer->response()).size() == 201);
}

TEST_CASE("a client that goes away does not cancel its call", "[stream][SSE-06]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto writer = rig.start(post_request(rig.open_session(), tracked_call_body("1", "echo")));
  writer->be_slow();
  held->head(200, kSse);
  held->body(event(kProgress));
  writer->tell(ResponseWriter::Event::closed);
  held->body(event(kProgress));
  held->body(event(kResult));
  CHECK_FALSE(held->cancelled());
  CHECK(writer->ended());
  CHECK(rig.backend().count("notifications/cancelled") == 0);
}

TEST_CASE("the blocking convenience returns the whole answer", "[stream]") {
  Rig rig({"a"});
  const std::string session = rig.open_session();
  rig.backend().on("tools/call",
                   [&](const auto& exchange) { exchange->respond(200, kSse, event(kProgress) + event(kResult)); });
  const Response response = rig.router->handle(post_request(session, tracked_call_body("1", "echo")));
  CHECK(response.status == 200);
  CHECK(events_of(response) == std::vector<std::string>{kProgress, kResult});
}
