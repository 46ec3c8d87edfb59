#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/rig.hpp"
#include "support/trusting_authenticator.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

const std::string kLog = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}})";
const std::string kToolsChanged = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";
const std::string kResult = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";

const std::string kProgress =
    R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":1}})";

std::string event(const std::string& data) { return "data: " + data + "\n\n"; }

Request get_request(const std::string& session, const std::string& last_event_id = {}) {
  Request request;
  request.method = "GET";
  request.headers = {{"Host", "localhost"}, {"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}};
  if (!last_event_id.empty()) {
    request.headers.add("Last-Event-ID", last_event_id);
  }
  return request;
}

/// A backend that keeps its event streams open.
class ListeningRig : public Rig {
 public:
  explicit ListeningRig(const std::vector<std::string>& names = {"a"}, RouterOptions options = {},
                        Authenticator* authenticator = nullptr)
      : Rig(names, std::move(options), {}, authenticator), listening(names.size()) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      backend(i).on("GET", [this, i](const auto& exchange) {
        listening[i].push_back(exchange);
        exchange->head(200, kSse);
      });
    }
  }

  std::vector<std::vector<std::shared_ptr<MemoryExchange>>>
      listening;  ///< The streams that each backend was asked for.
};

}  // namespace

TEST_CASE("GET opens a stream, primed for 2025-11-25 alone", "[listen][GET-02][TRAP-18]") {
  ListeningRig rig;
  const auto writer = rig.start(get_request(rig.open_session()));
  CHECK(writer->response().status == 200);
  CHECK(writer->response().headers.get("Content-Type") == "text/event-stream");
  CHECK(writer->response().body.find("retry: 1000\ndata:\n\n") != std::string::npos);
  CHECK_FALSE(writer->ended());
  CHECK(rig.start(get_request(rig.open_session("2025-06-18")))->response().body.empty());
}

TEST_CASE("GET without a session is 400, of an unknown one 404, without SSE in Accept 406", "[listen]") {
  ListeningRig rig;
  CHECK(rig.send(get_request("unknown")).status == 404);
  Request request = get_request("x");
  request.headers.remove("Mcp-Session-Id");
  CHECK(rig.send(request).status == 400);
  request = get_request(rig.open_session());
  request.headers.set("Accept", "application/json");
  CHECK(rig.send(request).status == 406);
}

TEST_CASE("each backend has one stream while the client listens, and none after", "[listen]") {
  ListeningRig rig({"a", "b"});
  const std::string session = rig.open_session();
  const auto first = rig.start(get_request(session));
  const auto second = rig.start(get_request(session));
  CHECK(rig.listening[0].size() == 1);
  CHECK(rig.listening[1].size() == 1);
  CHECK(rig.listening[0][0]->request.headers.get("Accept") == "text/event-stream");
  CHECK(rig.listening[0][0]->request.headers.get("Mcp-Session-Id") == "a-session-1");
  first->tell(ResponseWriter::Event::closed);
  CHECK_FALSE(rig.listening[0][0]->cancelled());
  second->tell(ResponseWriter::Event::closed);
  rig.executor.advance(4s);
  CHECK_FALSE(rig.listening[0][0]->cancelled());  // the client may come back
  rig.executor.advance(1s);
  CHECK(rig.listening[0][0]->cancelled());
  CHECK(rig.listening[1][0]->cancelled());
}

TEST_CASE("what a backend says for no request goes on one stream, the newest", "[listen][GET-05][TRAP-19]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  const auto older = rig.start(get_request(session));
  const auto newer = rig.start(get_request(session));
  rig.listening[0][0]->body(event(kLog));
  CHECK(events_of(older->response()).empty());
  CHECK(events_of(newer->response()) == std::vector<std::string>{kLog});
  newer->tell(ResponseWriter::Event::closed);
  rig.listening[0][0]->body(event(kToolsChanged));
  CHECK(events_of(older->response()) == std::vector<std::string>{kToolsChanged});
}

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

TEST_CASE("comments keep a quiet stream open", "[listen]") {
  ListeningRig rig;
  const auto writer = rig.start(get_request(rig.open_session("2025-06-18")));
  rig.executor.advance(60s);
  CHECK(writer->response().body == ":\n\n:\n\n");
  rig.listening[0][0]->body(event(kLog));
  rig.executor.advance(30s);
  CHECK(writer->chunks().size() == 3);  // something was said: no comment is due
}

TEST_CASE("what a backend says while the client comes back waits for it", "[listen][resume]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  const auto lost = rig.start(get_request(session));
  lost->tell(ResponseWriter::Event::closed);
  rig.listening[0][0]->body(event(kLog));
  rig.executor.advance(1s);
  const auto again = rig.start(get_request(session, last_event_id(lost->response())));
  rig.listening[0][0]->body(event(kToolsChanged));
  rig.executor.advance(10s);
  CHECK(events_of(again->response()) == std::vector<std::string>{kLog, kToolsChanged});
  CHECK(rig.listening[0].size() == 1);
}

TEST_CASE("a slow reader loses its own stream and can resume it", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_stream_queue = 300;
  ListeningRig rig({"a"}, options);
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  writer->be_slow();
  std::size_t said = 0;
  for (; !writer->aborted() && said < 100; ++said) {
    rig.listening[0][0]->body(event(kLog));
  }
  CHECK(said < 10);
  const auto seen = events_of(writer->response()).size();
  const auto again = rig.start(get_request(session, last_event_id(writer->response())));
  CHECK(seen + events_of(again->response()).size() == said);
}

TEST_CASE("a slow reader costs no other stream anything", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_stream_queue = 300;
  ListeningRig rig({"a"}, options);
  const std::string session = rig.open_session();
  const auto elsewhere = rig.start(get_request(rig.open_session()));
  const auto second = rig.start(get_request(session));
  const auto slow = rig.start(get_request(session));
  slow->be_slow();
  REQUIRE(rig.listening[0].size() == 2);
  std::vector<std::string> said;
  const auto say = [&] {
    said.push_back(R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":)" +
                   std::to_string(said.size()) + "}}");
    rig.listening[0][0]->body(event(said.back()));
    rig.listening[0][1]->body(event(said.back()));
  };
  while (!slow->aborted() && said.size() < 100) {
    say();
  }
  REQUIRE(slow->aborted());
  const std::vector<std::string> before_cut = said;
  say();
  say();
  CHECK(events_of(elsewhere->response()) == said);
  CHECK(events_of(second->response()) == std::vector<std::string>(said.end() - 2, said.end()));
  CHECK_FALSE(elsewhere->ended());
  CHECK_FALSE(second->ended());
  CHECK(rig.listening[0][1]->pauses() == 0);
  // What the slow one did not get waits for it alone.
  std::vector<std::string> got = events_of(slow->response());
  CHECK(got.size() < before_cut.size());
  const auto again = rig.start(get_request(session, last_event_id(slow->response())));
  for (std::string& late : events_of(again->response())) {
    got.push_back(std::move(late));
  }
  CHECK(got == before_cut);
}

TEST_CASE("more streams than max_streams are answered 429", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_streams = 2;
  ListeningRig rig({"a"}, options);
  const std::string session = rig.open_session();
  const auto first = rig.start(get_request(session));
  rig.start(get_request(session));
  CHECK(rig.send(get_request(session)).status == 429);
  first->tell(ResponseWriter::Event::closed);
  CHECK(rig.start(get_request(session))->response().status == 200);
}

TEST_CASE("an open stream keeps the session alive, and its end begins the idle time", "[listen][expiry]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  rig.executor.advance(2h);
  CHECK(rig.store.find(session, rig.executor.now()) != nullptr);
  writer->tell(ResponseWriter::Event::closed);
  rig.executor.advance(31min);
  CHECK(rig.store.find(session, rig.executor.now()) == nullptr);
}

TEST_CASE("DELETE ends the session's streams, its listening and its calls", "[listen][session]") {
  ListeningRig rig;
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto call = rig.start(post_request(session, call_body("1", "echo")));
  rig.send(delete_request(session));
  CHECK(writer->ended());
  CHECK(rig.listening[0][0]->cancelled());
  CHECK(held->cancelled());
  CHECK(reason_of(call->response()) == "session_not_found");
}

TEST_CASE("a shutdown ends streams cleanly and waits for nobody who listens", "[listen][shutdown]") {
  ListeningRig rig;
  const auto writer = rig.start(get_request(rig.open_session()));
  CHECK(rig.router->shutdown(1s));
  CHECK(writer->ended());
  CHECK_FALSE(writer->aborted());
}

TEST_CASE("a call's result waits for a client that lost the connection", "[resume][SSE-06][RSM-02]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const std::string session = rig.open_session();
  const auto lost = rig.start(post_request(session, tracked_call_body("1", "echo")));
  held->head(200, kSse);
  const std::string id = last_event_id(lost->response());
  lost->tell(ResponseWriter::Event::closed);
  held->body(event(kLog));
  held->body(event(kResult));
  CHECK_FALSE(held->cancelled());

  const Response resumed = rig.send(get_request(session, id));
  CHECK(resumed.status == 200);
  CHECK(events_of(resumed) == std::vector<std::string>{kLog, kResult});
  // Nothing is left: the client is to stop asking, not to get a stream of another kind.
  CHECK(rig.send(get_request(session, last_event_id(resumed))).status == 405);
}

TEST_CASE("a stream is resumed while its call still runs", "[resume]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const std::string session = rig.open_session();
  const auto lost = rig.start(post_request(session, tracked_call_body("1", "echo")));
  held->head(200, kSse);
  held->body(event(kLog));
  const std::string id = last_event_id(lost->response());
  const auto resumed = rig.start(get_request(session, id));  // before anyone noticed that the first is gone
  CHECK(lost->aborted());
  held->body(event(kResult));
  CHECK(events_of(resumed->response()) == std::vector<std::string>{kResult});
  CHECK(resumed->ended());
}

TEST_CASE("event ids that are unknown, of another session or no longer kept are refused", "[resume][S5]") {
  RouterOptions options;
  options.limits.max_replay_events = 3;
  Rig rig({"a"}, options);
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const std::string session = rig.open_session();
  const auto writer = rig.start(post_request(session, tracked_call_body("1", "echo")));
  held->head(200, kSse);
  const std::string id = last_event_id(writer->response());
  for (const std::string& foreign : {std::string("x"), std::string("x.1"), id + "9", id.substr(1), std::string(".1")}) {
    const Response refused = rig.send(get_request(session, foreign));
    CHECK(refused.status == 400);
    CHECK(reason_of(refused) == "event_id_unknown");
  }
  CHECK(rig.send(get_request(rig.open_session(), id)).status == 400);
  for (int i = 0; i < 5; ++i) {
    held->body(event(kLog));
  }
  CHECK(rig.send(get_request(session, id)).status == 400);  // evicted
}

TEST_CASE("nobody resumes what is another principal's", "[resume][S5][SES-11]") {
  TrustingAuthenticator authenticator;
  ListeningRig rig({"a"}, {}, &authenticator);
  const auto open_session = [&rig](const std::string& user) {
    const Response opened = rig.send(as_user(post_request({}, initialize_body()), user));
    return std::string(opened.headers.get("Mcp-Session-Id"));
  };
  const std::string anns = open_session("ann");
  const std::string bobs = open_session("bob");
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto listener = rig.start(as_user(get_request(anns), "ann"));
  const auto call = rig.start(as_user(post_request(anns, tracked_call_body("1", "echo")), "ann"));
  held->head(200, kSse);
  const std::vector<std::string> ids{last_event_id(listener->response()), last_event_id(call->response())};
  listener->tell(ResponseWriter::Event::closed);
  call->tell(ResponseWriter::Event::closed);
  rig.listening[0][0]->body(event(kLog));
  held->body(event(kResult));

  const Response unknown = rig.send(as_user(get_request("unknown", ids[0]), "bob"));
  for (const std::string& id : ids) {
    const Response in_her_session = rig.send(as_user(get_request(anns, id), "bob"));
    CHECK(in_her_session.status == 404);
    CHECK(in_her_session.body == unknown.body);
    CHECK(in_her_session.headers == unknown.headers);
    const Response in_his_own = rig.send(as_user(get_request(bobs, id), "bob"));
    CHECK(in_his_own.status == 400);
    CHECK(reason_of(in_his_own) == "event_id_unknown");
  }
  const auto resumed = rig.start(as_user(get_request(anns, ids[0]), "ann"));
  CHECK(events_of(resumed->response()) == std::vector<std::string>{kLog});
  CHECK(events_of(rig.send(as_user(get_request(anns, ids[1]), "ann"))) == std::vector<std::string>{kResult});
}

TEST_CASE("what is kept for a client that does not come back is let go of", "[resume][limits]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [](const auto& exchange) {
    exchange->head(200, kSse);
    exchange->body(event(kLog) + event(kResult));
    exchange->end();
  });
  const std::string session = rig.open_session();
  Request request = post_request(session, tracked_call_body("1", "echo"));
  request.headers.set("Accept", "text/event-stream");
  const std::string end = last_event_id(rig.send(request));
  CHECK(rig.send(get_request(session, end)).status == 405);
  rig.executor.advance(2min);
  CHECK(rig.send(get_request(session, end)).status == 400);
  CHECK(rig.executor.timers() == 1);  // the one that looks for expired sessions
}

TEST_CASE("an answer that is fetched again and again has no more than the time of its call", "[resume][deadline]") {
  RouterOptions options;
  options.timeouts.call_total = 3s;
  ListeningRig rig({"a"}, options);
  rig.backend().on("tools/call", [](const auto& exchange) {
    exchange->head(200, kSse);
    exchange->body("id: 1\ndata:\n\n");
    exchange->end();
  });
  rig.backend().on("GET", [](const auto& exchange) {
    exchange->head(200, kSse);
    exchange->body(event(kLog));
    exchange->end();
  });
  const auto call = rig.start(post_request(rig.open_session(), call_body("1", "echo")));
  rig.executor.advance(2s);
  CHECK_FALSE(call->ended());
  rig.executor.advance(1s);
  REQUIRE(call->ended());
  CHECK(call->response().body.find("backend_timeout") != std::string::npos);
  CHECK(rig.backend().count("notifications/cancelled") == 1);
}

TEST_CASE("the answer of a backend that closes its stream early is fetched from there", "[resume][SSE-03]") {
  Rig rig({"a"});
  rig.backend().on("tools/call",
                   [](const auto& exchange) { exchange->respond(200, kSse, "id: s.1\nretry: 250\ndata:\n\n"); });
  rig.backend().on("GET", [](const auto& exchange) { exchange->respond(200, kSse, "id: s.2\n" + event(kResult)); });
  const auto writer = rig.start(post_request(rig.open_session(), call_body("1", "echo")));
  rig.executor.advance(249ms);
  CHECK(rig.backend().count("GET") == 0);
  rig.executor.advance(1ms);
  REQUIRE(rig.backend().count("GET") == 1);
  CHECK(rig.backend().seen("GET")[0].headers.get("Last-Event-ID") == "s.1");
  CHECK(events_of(writer->response()) == std::vector<std::string>{kResult});
  CHECK(rig.backend().count("tools/call") == 1);  // never sent twice
}
