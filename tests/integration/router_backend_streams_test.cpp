#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/listening_rig.hpp"

// The streams that the router opens at session-ful backends, one a session, for what belongs to no request.

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

TEST_CASE("progress on a backend's own stream passes until the call has its result", "[listen][progress][PRG-02]") {
  ListeningRig rig({"a", "b"});
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto call = rig.start(post_request(session, tracked_call_body("1", "a__echo")));
  rig.listening[0][0]->body(event(kProgress));
  rig.listening[1][0]->body(event(kProgress));  // which runs no such call
  CHECK(events_of(writer->response()) == std::vector<std::string>{kProgress});
  held->json(kResult);
  REQUIRE(call->ended());
  rig.listening[0][0]->body(event(kProgress));
  rig.listening[0][0]->body(event(kLog));
  CHECK(events_of(writer->response()) == std::vector<std::string>{kProgress, kLog});
}

TEST_CASE("a stream to a backend that ends is opened again where it was, with growing pauses", "[listen]") {
  ListeningRig rig;
  rig.start(get_request(rig.open_session()));
  rig.listening[0][0]->body("id: 41\n" + event(kLog));
  rig.listening[0][0]->end();
  CHECK(rig.listening[0].size() == 1);
  rig.executor.advance(1s);
  REQUIRE(rig.listening[0].size() == 2);
  CHECK(rig.listening[0][1]->request.headers.get("Last-Event-ID") == "41");
}

TEST_CASE("a stream that cannot be opened again is tried after 1, 2, 4 s and so on, at most 30", "[listen]") {
  ListeningRig rig;
  const bool refused_with_status = GENERATE(true, false);
  rig.start(get_request(rig.open_session()));
  rig.listening[0][0]->body("id: 41\n" + event(kLog));
  rig.backend().on("GET", [&](const auto& exchange) {
    rig.listening[0].push_back(exchange);
    refused_with_status ? exchange->respond(503, {}, "") : exchange->fail(HttpFailure::broken);
  });
  rig.listening[0][0]->end();
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 30s, 30s}) {
    const std::size_t before = rig.listening[0].size();
    rig.executor.advance(pause - 1ms);
    CHECK(rig.listening[0].size() == before);
    rig.executor.advance(1ms);
    REQUIRE(rig.listening[0].size() == before + 1);
    CHECK(rig.listening[0].back()->request.headers.get("Last-Event-ID") == "41");
  }
  CHECK(rig.backend().count("initialize") == 1);

  // Once it was open again the pauses begin anew, where that stream was.
  rig.backend().on("GET", [&](const auto& exchange) {
    rig.listening[0].push_back(exchange);
    exchange->head(200, kSse);
  });
  rig.executor.advance(30s);
  const std::size_t opened = rig.listening[0].size();
  rig.listening[0].back()->body("id: 42\n" + event(kLog));
  rig.listening[0].back()->end();
  rig.executor.advance(999ms);
  CHECK(rig.listening[0].size() == opened);
  rig.executor.advance(1ms);
  REQUIRE(rig.listening[0].size() == opened + 1);
  CHECK(rig.listening[0].back()->request.headers.get("Last-Event-ID") == "42");
}

TEST_CASE("a stream whose last event the backend does not know any more begins afresh", "[listen][SSE-03]") {
  ListeningRig rig;
  rig.start(get_request(rig.open_session()));
  rig.listening[0][0]->body("id: 41\n" + event(kLog));
  rig.backend().on("GET", [&](const auto& exchange) {
    rig.listening[0].push_back(exchange);
    exchange->request.headers.get("Last-Event-ID").empty() ? exchange->head(200, kSse) : exchange->respond(404, {}, "");
  });
  rig.listening[0][0]->end();
  rig.executor.advance(3s);
  REQUIRE(rig.listening[0].size() == 3);
  CHECK(rig.listening[0][1]->request.headers.get("Last-Event-ID") == "41");
  CHECK(rig.listening[0][2]->request.headers.get("Last-Event-ID").empty());
  CHECK(rig.backend().count("initialize") == 1);
}

TEST_CASE("a stream is opened again when its backend says, within reason", "[listen][SSE-03]") {
  ListeningRig rig;
  rig.start(get_request(rig.open_session()));
  rig.listening[0][0]->body("id: 1\nretry: 5000\n" + event(kLog));
  rig.listening[0][0]->end();
  rig.executor.advance(4'999ms);
  CHECK(rig.listening[0].size() == 1);
  rig.executor.advance(1ms);
  REQUIRE(rig.listening[0].size() == 2);
  rig.listening[0][1]->body("retry: 0\n" + event(kLog));
  rig.listening[0][1]->end();
  rig.executor.advance(99ms);
  CHECK(rig.listening[0].size() == 2);
  rig.executor.advance(1ms);
  REQUIRE(rig.listening[0].size() == 3);
  rig.listening[0][2]->body("retry: 3600000\n" + event(kLog));
  rig.listening[0][2]->end();
  rig.executor.advance(29'999ms);
  CHECK(rig.listening[0].size() == 3);
  rig.executor.advance(1ms);
  CHECK(rig.listening[0].size() == 4);
}

TEST_CASE("a backend that offers no stream is not asked again", "[listen][GET-02]") {
  Rig rig({"a"});
  rig.backend().on("GET", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  rig.start(get_request(rig.open_session()));
  rig.executor.advance(10min);
  CHECK(rig.backend().count("GET") == 1);
}

TEST_CASE("a backend that goes away and comes back is announced by list_changed", "[listen][LST-03]") {
  ListeningRig rig;
  const auto writer = rig.start(get_request(rig.open_session()));
  rig.backend().go_down();
  rig.backend().forget_sessions();
  rig.listening[0][0]->fail(HttpFailure::broken);
  CHECK(events_of(writer->response()).empty());
  rig.executor.advance(1s);
  CHECK(events_of(writer->response()) == std::vector<std::string>{kToolsChanged});
  rig.executor.advance(20s);
  CHECK(events_of(writer->response()).size() == 1);
  rig.backend().come_up();
  rig.backend().on("GET", [&](const auto& exchange) {
    const bool known = exchange->request.headers.get("Mcp-Session-Id") != "a-session-1";
    known ? exchange->head(200, kSse) : exchange->respond(404, {}, "");
  });
  rig.executor.advance(60s);
  CHECK(events_of(writer->response()) == std::vector<std::string>{kToolsChanged, kToolsChanged});
}

TEST_CASE("a backend that lost the session is announced only if its lists are others now", "[listen][recovery]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  rig.post(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const auto lose_session = [&rig] {
    rig.backend().forget_sessions();
    rig.backend().on("GET", [&rig](const auto& exchange) {
      rig.listening[0].push_back(exchange);
      rig.backend().knows(exchange->request) ? exchange->head(200, kSse) : exchange->respond(404, {}, "");
    });
    rig.listening[0].back()->end();
    rig.executor.advance(10s);
  };
  lose_session();
  REQUIRE(rig.backend().count("initialize") == 2);
  CHECK(events_of(writer->response()).empty());
  rig.backend().set_tools({"echo", "another"});
  lose_session();
  CHECK(rig.backend().count("initialize") == 3);
  CHECK(events_of(writer->response()) == std::vector<std::string>{kToolsChanged});
}

TEST_CASE("progress that a backend sends on its own stream keeps the call waiting", "[listen][deadline]") {
  ListeningRig rig;
  rig.backend().on("tools/call", [](const auto& exchange) { exchange->head(200, kSse); });
  const std::string session = rig.open_session();
  rig.start(get_request(session));
  const auto call = rig.start(post_request(session, tracked_call_body("1", "echo", "\"t\"")));
  rig.executor.advance(59s);
  rig.listening[0][0]->body(
      event(R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1}})"));
  rig.executor.advance(59s);
  CHECK_FALSE(call->ended());
  rig.executor.advance(1s);
  CHECK(call->ended());
}

TEST_CASE("a backend that waits for the client's answer to what it asked on its own stream is not silent",
          "[listen][deadline][TRAP-29]") {
  ListeningRig rig;
  rig.backend().on("tools/call", [](const auto& exchange) { exchange->head(200, kSse); });
  nlohmann::json initialize = nlohmann::json::parse(initialize_body());
  initialize["params"]["capabilities"] = {{"elicitation", nlohmann::json::object()}};
  const std::string session(rig.send(post_request({}, initialize.dump())).headers.get("Mcp-Session-Id"));
  const auto stream = rig.start(get_request(session));
  const auto call = rig.start(post_request(session, call_body("1", "echo")));
  rig.listening[0][0]->body(
      event(R"({"jsonrpc":"2.0","id":5,"method":"elicitation/create","params":{"message":"?"}})"));
  rig.executor.advance(5min);
  CHECK_FALSE(call->ended());
  const nlohmann::json asked = nlohmann::json::parse(events_of(stream->response()).back());
  const nlohmann::json declined = {{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", {{"action", "decline"}}}};
  CHECK(rig.post(session, declined.dump()).status == 202);
  rig.executor.advance(59s);
  CHECK_FALSE(call->ended());
  rig.executor.advance(1s);
  CHECK(call->ended());
}

TEST_CASE("a call that finds the session lost has the backend's stream opened again, before it is sent once more",
          "[listen][recovery][SES-07]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  const auto stream = rig.start(get_request(session));
  rig.post(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  rig.listening[0][0]->body("id: 41\ndata: \n\n");
  rig.backend().forget_sessions();
  rig.backend().forget_seen();
  CHECK(rig.post(session, call_body("1", "echo")).status == 200);
  CHECK(rig.listening[0][0]->cancelled());  // the backend itself left it open
  REQUIRE(rig.listening[0].size() == 2);
  CHECK(rig.listening[0][1]->request.headers.get("Mcp-Session-Id") == "a-session-1");
  CHECK(rig.listening[0][1]->request.headers.get("Last-Event-ID").empty());
  const auto seen = rig.backend().seen();
  const auto is_call = [](const Seen& one) { return method_of(one.body) == "tools/call"; };
  const auto reopened = std::find_if(seen.begin(), seen.end(), [](const Seen& one) { return one.body.empty(); });
  CHECK(std::count_if(seen.begin(), reopened, is_call) == 1);
  CHECK(std::count_if(reopened, seen.end(), is_call) == 1);
  rig.listening[0][1]->body(event(kLog));
  CHECK(events_of(stream->response()) == std::vector<std::string>{kLog});  // the lists are the same
}

TEST_CASE("a client that got its lists before it listened is told when the session is lost", "[listen][recovery]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  rig.post(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const auto stream = rig.start(get_request(session));
  rig.backend().forget_sessions();
  rig.backend().set_tools({"another"});
  rig.post(session, call_body("1", "echo"));
  CHECK(events_of(stream->response()) == std::vector<std::string>{kToolsChanged});
}

TEST_CASE("a stream that ends at once, again and again, is opened with growing pauses", "[listen]") {
  ListeningRig rig;
  int opened = 0;
  rig.backend().on("GET", [&](const auto& exchange) {
    ++opened;
    exchange->head(200, kSse);
    exchange->end();
  });
  rig.start(get_request(rig.open_session()));
  for (const auto pause : {1s, 2s, 4s}) {
    const int before = opened;
    rig.executor.advance(pause - 1ms);
    CHECK(opened == before);
    rig.executor.advance(1ms);
    CHECK(opened == before + 1);
  }
}
