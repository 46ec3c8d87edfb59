#include <string>

#include "support/catch.hpp"
#include "support/listening_rig.hpp"

// The streams that clients open with GET.

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

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

TEST_CASE("streams that wait for their clients make room for new ones", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_streams = 2;
  ListeningRig rig({"a"}, options);
  const std::string session = rig.open_session();
  const auto first = rig.start(get_request(session));
  first->tell(ResponseWriter::Event::closed);
  const auto second = rig.start(get_request(session));
  const auto third = rig.start(get_request(session));
  CHECK(third->response().status == 200);
  CHECK(rig.send(get_request(session, last_event_id(first->response()))).status == 400);
  CHECK(rig.start(get_request(session))->response().status == 429);
}

TEST_CASE("what waits for a client to listen is bounded in bytes", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_stream_queue = 1'000;
  ListeningRig rig({"a"}, options);
  const std::string session = rig.open_session();
  const auto first = rig.start(get_request(session));
  first->tell(ResponseWriter::Event::closed);
  const std::string large = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":")" +
                            std::string(400, 'x') + R"("}})";
  for (int i = 0; i < 4; ++i) {
    rig.listening[0][0]->body(event(large));
  }
  const auto second = rig.start(get_request(session));
  CHECK(events_of(second->response()) == std::vector<std::string>{large, large});
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
