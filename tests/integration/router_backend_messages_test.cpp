#include <fmt/format.h>

#include <memory>
#include <string>

#include "support/catch.hpp"
#include "support/rig.hpp"

// What backends send besides the response.

using namespace mcprouter;
using namespace mcprouter::test;

TEST_CASE("a backend that pings while it is greeted gets its answer in the session that it names",
          "[upstream][INIT-09]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("initialize", [&held](const auto& exchange) {
    held = exchange;
    exchange->head(200, {{"Content-Type", "text/event-stream"}, {"Mcp-Session-Id", "s"}});
  });
  rig.start(post_request(rig.open_session(), call_body("1", "echo")));
  REQUIRE(held);
  held->body("data: {\"jsonrpc\":\"2.0\",\"id\":5,\"method\":\"ping\"}\n\n");
  REQUIRE(rig.backend().count("") == 1);
  CHECK(rig.backend().seen("")[0].body == R"({"jsonrpc":"2.0","id":5,"result":{}})");
  CHECK(rig.backend().seen("")[0].headers.get("Mcp-Session-Id") == "s");
}

TEST_CASE("messages that a backend sends in a batch are taken one by one", "[upstream][BAT-01]") {
  Rig rig({"a"});
  const std::string progress =
      R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})";
  const std::string ping = R"({"jsonrpc":"2.0","id":5,"method":"ping"})";
  bool streams = false;
  std::string batch;
  rig.backend().on("tools/call", [&](const auto& exchange) {
    const std::string response =
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[]}}}})", id_of(exchange->request.body));
    batch = "[" + progress + ", " + ping + "," + response + "]";
    if (streams) {
      exchange->head(200, kSse);
      exchange->body("data: " + batch + "\n\n");
      exchange->end();
    } else {
      exchange->json(batch);
    }
  });
  const std::string session = rig.open_session();
  for (const bool as_events : {false, true}) {
    streams = as_events;
    const Response response = rig.post(session, tracked_call_body("7", "echo"));
    const auto events = events_of(response);
    REQUIRE(events.size() == 2);
    CHECK(events[0] == progress);
    CHECK(events[1] == R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})");
  }
  CHECK(rig.backend().count("") == 2);  // what it was answered to its pings

  for (const std::string& none : {std::string("[]"), "[" + progress + "," + batch + "]"}) {
    rig.backend().on("tools/call", [none](const auto& exchange) { exchange->json(none); });
    CHECK(reason_of(rig.post(session, call_body("8", "echo"))) == "backend_protocol_error");
  }
}
