#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kResult = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";

std::string event(const std::string& data) { return "data: " + data + "\n\n"; }

/// A backend whose calls the test answers, and a client that offers these capabilities.
struct Call {
  explicit Call(std::string capabilities = R"({"sampling":{},"elicitation":{},"roots":{"listChanged":true}})",
                RouterOptions options = {}, std::vector<std::string> names = {"a"})
      : rig(names, std::move(options)) {
    rig.backend().on("tools/call", [this](const auto& exchange) { held = exchange; });
    json initialize = json::parse(initialize_body());
    initialize["params"]["capabilities"] = json::parse(capabilities);
    session = std::string(rig.send(post_request({}, initialize.dump())).headers.get("Mcp-Session-Id"));
  }

  void start(std::string body = tracked_call_body("1", "echo")) {
    writer = rig.start(post_request(session, std::move(body)));
    held->head(200, kSse);
  }
  void say(const std::string& message) { held->body(event(message)); }
  /// What the client got on the stream of the call.
  [[nodiscard]] json got(std::size_t index) const { return json::parse(events_of(writer->response()).at(index)); }
  [[nodiscard]] std::size_t count() const { return events_of(writer->response()).size(); }
  /// Posts what needs no answer.
  void post(const json& message) { CHECK(rig.post(session, message.dump()).status == 202); }
  /// What the backend got that is no request.
  [[nodiscard]] json answered(std::size_t index) const { return json::parse(rig.backends[0]->seen("").at(index).body); }

  Rig rig;
  std::string session;
  std::shared_ptr<MemoryExchange> held;
  std::shared_ptr<RecordingWriter> writer;
};

}  // namespace

TEST_CASE("a backend's request reaches the client on the stream of its call, and the answer the backend",
          "[ask][TRAP-13]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}})");
  REQUIRE(call.count() == 1);
  const json asked = call.got(0);
  CHECK(asked["method"] == "sampling/createMessage");
  CHECK(asked["id"].is_string());  // ours: the client's own request has the id 1 as well
  call.post({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", {{"model", "m"}}}});
  CHECK(call.answered(0) == json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"model":"m"}})"));
  call.say(kResult);
  CHECK(call.writer->ended());
}

TEST_CASE("the client's error reaches the backend, and a second answer nobody", "[ask]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":"e","method":"elicitation/create","params":{"message":"?"}})");
  const json error = {{"jsonrpc", "2.0"}, {"id", call.got(0)["id"]}, {"error", {{"code", -1}, {"message", "no"}}}};
  call.post(error);
  call.post(error);
  call.post({{"jsonrpc", "2.0"}, {"id", "made up"}, {"result", json::object()}});
  CHECK(call.rig.backend().seen("").size() == 1);
  CHECK(call.answered(0)["id"] == "e");
  CHECK(call.answered(0)["error"]["code"] == -1);
}

TEST_CASE("an answer that no connection carried is sent again, a few times", "[ask][retry]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":"e","method":"elicitation/create","params":{"message":"?"}})");
  call.rig.backend().go_down();
  call.post({{"jsonrpc", "2.0"}, {"id", call.got(0)["id"]}, {"result", {{"action", "accept"}}}});
  SECTION("the backend comes up and gets it once") {
    call.rig.executor.advance(149ms);
    call.rig.backend().come_up();
    CHECK(call.rig.backend().seen("").empty());
    call.rig.executor.advance(10s);
    REQUIRE(call.rig.backend().seen("").size() == 1);
    CHECK(call.answered(0)["result"]["action"] == "accept");
    CHECK(call.rig.observer.count("backend_failed") == 0);
  }
  SECTION("the backend stays away, and the observer is told") {
    call.rig.executor.advance(1549ms);
    CHECK(call.rig.observer.count("backend_failed") == 0);
    call.rig.executor.advance(1ms);
    CHECK(call.rig.observer.count("backend_failed a backend_unavailable") == 1);
    call.rig.backend().come_up();
    call.rig.executor.advance(1min);
    CHECK(call.rig.backend().seen("").empty());
  }
}

TEST_CASE("an answer that the backend may have got is not sent again", "[ask][retry]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":"e","method":"elicitation/create","params":{"message":"?"}})");
  const auto failure = GENERATE(HttpFailure::broken, HttpFailure::timeout);
  call.rig.backend().on("", [failure](const auto& exchange) { exchange->fail(failure); });
  call.post({{"jsonrpc", "2.0"}, {"id", call.got(0)["id"]}, {"result", {{"action", "accept"}}}});
  call.rig.executor.advance(1min);
  CHECK(call.rig.backend().seen("").size() == 1);
}

TEST_CASE("two backends may use the same id at once", "[ask][TRAP-13]") {
  Call call(R"({"roots":{}})", {}, {"a", "b"});
  std::vector<std::shared_ptr<MemoryExchange>> held;
  std::vector<std::shared_ptr<RecordingWriter>> writers;
  for (std::size_t i = 0; i < 2; ++i) {
    call.rig.backend(i).on("tools/call", [&](const auto& exchange) { held.push_back(exchange); });
    const std::string tool = call.rig.backend(i).name() + "__echo";
    call.rig.post(call.session, R"({"jsonrpc":"2.0","id":9,"method":"tools/list"})");
    writers.push_back(call.rig.start(post_request(call.session, call_body(std::to_string(i), tool))));
    held[i]->head(200, kSse);
    held[i]->body(event(R"({"jsonrpc":"2.0","id":7,"method":"roots/list"})"));
  }
  const auto id = [&](std::size_t i) { return json::parse(events_of(writers[i]->response()).at(0))["id"]; };
  CHECK(id(0) != id(1));
  call.post({{"jsonrpc", "2.0"}, {"id", id(1)}, {"result", {{"roots", json::array()}}}});
  CHECK(call.rig.backend(0).seen("").empty());
  CHECK(call.rig.backend(1).seen("").size() == 1);
}

TEST_CASE("the user is told which of several backends asks", "[ask][ELI-02]") {
  const std::string ask = R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"message":"Really?"}})";
  Call one;
  one.start();
  one.say(ask);
  CHECK(one.got(0)["params"]["message"] == "Really?");

  Call two(R"({"elicitation":{}})", {}, {"a", "b"});
  two.rig.post(two.session, R"({"jsonrpc":"2.0","id":9,"method":"tools/list"})");
  two.start(tracked_call_body("1", "a__echo"));
  two.say(ask);
  CHECK(two.got(0)["params"]["message"] == "[a] Really?");
}

TEST_CASE("a backend may not ask what the client did not declare", "[ask][ELI-01][INIT-06]") {
  Call call(R"({"elicitation":{}})");
  CHECK(call.rig.backend().count("initialize") == 0);
  call.start();
  const json offered = json::parse(call.rig.backend().seen("initialize")[0].body)["params"]["capabilities"];
  CHECK(offered == json::parse(R"({"elicitation":{}})"));
  call.say(R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{}})");
  call.say(R"({"jsonrpc":"2.0","id":2,"method":"elicitation/create","params":{"mode":"url","url":"https://x"}})");
  call.say(R"({"jsonrpc":"2.0","id":3,"method":"tasks/list"})");
  CHECK(call.count() == 0);
  CHECK(call.answered(0)["error"]["code"] == -32601);
  CHECK(call.answered(1)["error"]["code"] == -32602);
  CHECK(call.answered(2)["error"]["code"] == -32601);
}

TEST_CASE("includeContext becomes none: this server would mean every server", "[ask][TRAP-45]") {
  Call call(R"({"sampling":{"context":{},"tools":{}}})");
  call.start();
  CHECK(json::parse(call.rig.backend().seen("initialize")[0].body)["params"]["capabilities"] ==
        json::parse(R"({"sampling":{"tools":{}}})"));
  call.say(
      R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"includeContext":"allServers","x":1.0}})");
  CHECK(events_of(call.writer->response())[0].find(R"({"includeContext":"none","x":1.0})") != std::string::npos);
}

TEST_CASE("a client is not asked to make a task of a request: no backend was told that it can", "[ask][tasks]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"task":{"ttl":1},"message":"?"}})");
  CHECK(call.got(0)["params"] == json{{"message", "?"}});
}

TEST_CASE("a client that takes no streams is not asked", "[ask]") {
  Call call;
  Request request = post_request(call.session, call_body("1", "echo"));
  request.headers.set("Accept", "application/json");
  call.writer = call.rig.start(request);
  call.held->head(200, kSse);
  call.say(R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
  CHECK(call.answered(0)["error"]["code"] == -32603);
  call.say(kResult);
  CHECK(call.writer->response().body == kResult);
}

TEST_CASE("requests beyond max_pending_requests are refused to the backend", "[ask][limits]") {
  RouterOptions options;
  options.limits.max_pending_requests = 1;
  Call call(R"({"roots":{}})", options);
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":1,"method":"roots/list"})");
  call.say(R"({"jsonrpc":"2.0","id":2,"method":"roots/list"})");
  CHECK(call.count() == 1);
  CHECK(call.answered(0)["id"] == 2);
  CHECK(call.answered(0)["error"]["code"] == -32603);
}

TEST_CASE("a backend takes a request back, under the id that the client knows", "[ask][CAN-03]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":5,"method":"roots/list"})");
  call.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":5}})");
  call.say(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":6}})");
  REQUIRE(call.count() == 2);
  CHECK(call.got(1)["params"]["requestId"] == call.got(0)["id"]);
}

TEST_CASE("what the client was asked and has not answered is taken back when the call is over", "[ask][CAN-03]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":5,"method":"roots/list"})");
  call.say(R"({"jsonrpc":"2.0","id":6,"method":"roots/list"})");
  call.post({{"jsonrpc", "2.0"}, {"id", call.got(0)["id"]}, {"result", {{"roots", json::array()}}}});
  SECTION("because the backend answered it") {
    call.say(kResult);
    REQUIRE(call.count() == 4);
    CHECK(call.got(3)["id"] == 1);
  }
  SECTION("because the backend went away") {
    call.held->end();
    REQUIRE(call.count() == 4);
    CHECK(call.got(3)["id"] == 1);
  }
  SECTION("because its time is up") {
    call.held->fail(HttpFailure::timeout);
    REQUIRE(call.count() == 4);
    CHECK(call.got(3)["id"] == 1);
  }
  SECTION("because the client cancelled it") {
    call.post({{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}});
    REQUIRE(call.count() == 3);
  }
  CHECK(call.writer->ended());
  CHECK(call.got(2)["method"] == "notifications/cancelled");
  CHECK(call.got(2)["params"]["requestId"] == call.got(1)["id"]);
}

TEST_CASE("the client's progress on a backend's request reaches the backend under its own token", "[ask][PRG-04]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":1,"method":"roots/list","params":{"_meta":{"progressToken":1}}})");
  const json token = call.got(0)["params"]["_meta"]["progressToken"];
  CHECK(token.is_number_integer());
  json progress = {{"jsonrpc", "2.0"},
                   {"method", "notifications/progress"},
                   {"params", {{"progressToken", token}, {"progress", 1}}}};
  call.post(progress);
  CHECK(call.rig.backend().count("notifications/progress") == 1);
  CHECK(json::parse(call.rig.backend().seen("notifications/progress")[0].body)["params"]["progressToken"] == 1);
  progress["params"]["progressToken"] = 1;  // not what the client was given
  call.post(progress);
  CHECK(call.rig.backend().count("notifications/progress") == 1);
}

TEST_CASE("progress passes for tokens of running calls alone, and keeps their JSON type",
          "[progress][PRG-01][PRG-02]") {
  Call call;
  call.start(tracked_call_body("1", "echo", R"("7")"));
  const auto progress = [](const std::string& token) {
    return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":)" + token +
           R"(,"progress":1}})";
  };
  call.say(progress("7"));
  call.say(progress("8"));
  call.say(progress(R"("7")"));
  REQUIRE(call.count() == 1);
  CHECK(call.got(0)["params"]["progressToken"] == "7");
}

TEST_CASE("progress that does not increase is dropped", "[progress][PRG-02]") {
  Call call;
  call.start(tracked_call_body("1", "echo", "7"));
  for (const char* const progress : {"1", "2.5", "2.5", "2", "\"9\"", "3"}) {
    call.say(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":7,"progress":{}}}}})",
        progress));
  }
  REQUIRE(call.count() == 3);
  CHECK(call.got(0)["params"]["progress"] == 1);
  CHECK(call.got(1)["params"]["progress"] == 2.5);
  CHECK(call.got(2)["params"]["progress"] == 3);
}

TEST_CASE("cancelled reaches only the backend that runs the request, and nothing answers it", "[cancel][CAN-03]") {
  Call call("{}", {}, {"a", "b"});
  call.rig.post(call.session, R"({"jsonrpc":"2.0","id":9,"method":"tools/list"})");
  call.start(call_body("1", "a__echo"));
  const json cancel = {
      {"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 1}, {"reason", "x"}}}};
  call.post(cancel);
  CHECK(call.rig.backend(0).count("notifications/cancelled") == 1);
  CHECK(call.rig.backend(1).count("notifications/cancelled") == 0);
  CHECK(json::parse(call.rig.backend(0).seen("notifications/cancelled")[0].body) == cancel);
  CHECK(call.writer->ended());
  CHECK(call.count() == 0);
  CHECK(call.held->cancelled());
  call.post(cancel);  // unknown by now: ignored
  CHECK(call.rig.backend(0).count("notifications/cancelled") == 1);
  CHECK(call.rig.observer.count("request_done tools/call a cancelled") == 1);
}

TEST_CASE("a silent backend is told that its call is cancelled, and the client gets backend_timeout",
          "[deadline][GEN-12]") {
  Call call;
  call.start();
  call.rig.executor.advance(59s);
  CHECK_FALSE(call.writer->ended());
  call.say(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})");
  call.rig.executor.advance(59s);
  CHECK_FALSE(call.writer->ended());  // progress begins the time anew
  call.rig.executor.advance(1s);
  REQUIRE(call.writer->ended());
  CHECK(call.got(1)["error"]["data"]["reason"] == "backend_timeout");
  REQUIRE(call.rig.backend().count("notifications/cancelled") == 1);
  CHECK(json::parse(call.rig.backend().seen("notifications/cancelled")[0].body)["params"]["requestId"] == 1);
}

TEST_CASE("progress does not prolong a call beyond call_total", "[deadline][GEN-12]") {
  RouterOptions options;
  options.timeouts.call_total = 150s;
  Call call("{}", options);
  // An engine keeps the total time of an exchange; here the injected clock does.
  call.rig.backend().on("tools/call", [&call](const auto& exchange) {
    call.held = exchange;
    call.rig.executor.post_after(exchange->request.total_timeout, [exchange] { exchange->fail(HttpFailure::timeout); });
  });
  call.start(tracked_call_body(R"("c")", "echo"));
  for (const int progress : {1, 2}) {
    call.rig.executor.advance(50s);
    call.say(fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/progress","params":{{"progressToken":1,"progress":{}}}}})",
        progress));
  }
  call.rig.executor.advance(49'999ms);
  CHECK_FALSE(call.writer->ended());
  CHECK(call.rig.backend().count("notifications/cancelled") == 0);
  call.rig.executor.advance(1ms);
  REQUIRE(call.writer->ended());
  REQUIRE(call.count() == 3);
  CHECK(call.got(2)["id"] == "c");
  CHECK(call.got(2)["error"]["data"]["reason"] == "backend_timeout");
  REQUIRE(call.rig.backend().count("notifications/cancelled") == 1);
  CHECK(json::parse(call.rig.backend().seen("notifications/cancelled")[0].body)["params"]["requestId"] == "c");
}

TEST_CASE("what is sent again has what is left of call_total", "[deadline][recovery]") {
  RouterOptions options;
  options.timeouts.call_total = 150s;
  Call call("{}", options);
  call.writer = call.rig.start(post_request(call.session, call_body("1", "echo")));
  call.rig.executor.run();
  CHECK(call.held->request.total_timeout == 150s);
  call.rig.executor.advance(40s);
  std::exchange(call.held, nullptr)->respond(404, {}, "");
  call.rig.executor.run();
  REQUIRE(call.held);
  CHECK(call.held->request.total_timeout == 110s);
  // The same goes for an answer that is fetched where it broke off.
  std::shared_ptr<MemoryExchange> fetched;
  call.rig.backend().on("GET", [&fetched](const auto& exchange) { fetched = exchange; });
  call.held->respond(200, kSse, "id: 1\ndata:\n\n");
  call.rig.executor.advance(1s);
  REQUIRE(fetched);
  CHECK(fetched->request.total_timeout == 109s);
}

TEST_CASE("a backend that waits for the client is not silent", "[deadline][TRAP-29]") {
  Call call;
  call.start();
  call.say(R"({"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"message":"?"}})");
  call.rig.executor.advance(5min);
  CHECK_FALSE(call.writer->ended());
  call.post({{"jsonrpc", "2.0"}, {"id", call.got(0)["id"]}, {"result", {{"action", "decline"}}}});
  call.rig.executor.advance(59s);
  CHECK_FALSE(call.writer->ended());  // its time begins anew with the answer
  call.rig.executor.advance(1s);
  CHECK(call.writer->ended());
}

TEST_CASE("roots/list_changed fans out to the backends that were told of roots", "[ask][ROOT-01]") {
  const json changed = {{"jsonrpc", "2.0"}, {"method", "notifications/roots/list_changed"}};
  for (const bool declared : {true, false}) {
    Call call(declared ? R"({"roots":{"listChanged":true}})" : R"({"roots":{}})", {}, {"a", "b"});
    call.rig.post(call.session, R"({"jsonrpc":"2.0","id":9,"method":"tools/list"})");
    call.post(changed);
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(call.rig.backend(i).count("notifications/roots/list_changed") == (declared ? 1 : 0));
    }
  }
}
