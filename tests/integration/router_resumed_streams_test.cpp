#include <memory>
#include <string>
#include <utility>

#include "support/catch.hpp"
#include "support/listening_rig.hpp"
#include "support/trusting_authenticator.hpp"

// Clients, and the router itself, that come back for the rest of a stream (RSM-01 to RSM-03).

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

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

TEST_CASE("the result of a backend that answers late and at once waits for a client, too", "[resume][SSE-06][RSM-02]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  std::shared_ptr<MemoryExchange> greeting;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const std::string session = rig.open_session();
  SECTION("its answer does not begin") {
    const auto lost = rig.start(post_request(session, tracked_call_body("1", "echo")));
    rig.executor.advance(999ms);
    CHECK(lost->response().body.empty());
    rig.executor.advance(1ms);
    const std::string id = last_event_id(lost->response());
    lost->tell(ResponseWriter::Event::closed);
    held->json(kResult);
    CHECK(events_of(rig.send(get_request(session, id))) == std::vector<std::string>{kResult});
  }
  SECTION("nor was the call sent for as long") {
    rig.backend().on("initialize", [&](const auto& exchange) { greeting = exchange; });
    const auto writer = rig.start(post_request(session, tracked_call_body("1", "echo")));
    rig.executor.advance(2s);
    rig.backend().serve_as_usual(greeting);
    CHECK_FALSE(last_event_id(writer->response()).empty());
    held->json(kResult);
    CHECK(events_of(writer->response()) == std::vector<std::string>{kResult});
  }
  SECTION("a client that takes no streams gets its answer all the same") {
    Request request = post_request(session, tracked_call_body("1", "echo"));
    request.headers.set("Accept", "application/json");
    const auto writer = rig.start(std::move(request));
    rig.executor.advance(2s);
    held->json(kResult);
    CHECK(writer->response().body == kResult);
  }
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

TEST_CASE("an event id of another router on the same store is refused", "[resume][S5]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const std::string session = rig.open_session();
  const auto begin_call = [&](std::string_view id) {
    const auto call = rig.start(post_request(session, tracked_call_body(id, "echo")));
    held->head(200, kSse);
    return last_event_id(call->response());
  };
  const std::string before = begin_call("1");
  RouterParts parts{rig.http, rig.executor, rig.store, *rig.upstreams, nullptr, &rig.observer};
  const auto other = std::exchange(rig.router, std::make_unique<Router>(parts, RouterOptions(), rig.configured()));
  const std::string after = begin_call("2");
  CHECK(before != after);
  const Response refused = rig.send(get_request(session, before));
  CHECK(refused.status == 400);
  CHECK(reason_of(refused) == "event_id_unknown");
  CHECK(rig.start(get_request(session, after))->response().status == 200);
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
