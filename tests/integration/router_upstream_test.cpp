#include <atomic>
#include <string>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

const std::string kOk = R"({"jsonrpc":"2.0","id":1,"result":{}})";

}  // namespace

TEST_CASE("the first call opens one upstream session, later ones use it", "[upstream][INIT-01][INIT-03][SES-04]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  CHECK(rig.post(id, call_body("1", "echo")).status == 200);
  CHECK(rig.post(id, call_body("2", "echo")).status == 200);
  const auto seen = rig.backend().seen();
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].rpc_method == "initialize");
  CHECK_FALSE(seen[0].headers.has("Mcp-Session-Id"));
  CHECK_FALSE(seen[0].headers.has("MCP-Protocol-Version"));
  CHECK(seen[0].body.find(R"("protocolVersion":"2025-11-25")") != std::string::npos);
  CHECK(seen[0].body.find(R"("capabilities":{"sampling":{}})") != std::string::npos);  // the client's own
  CHECK(seen[1].rpc_method == "notifications/initialized");
  CHECK(seen[2].rpc_method == "tools/call");
  for (std::size_t i = 1; i < seen.size(); ++i) {
    CHECK(seen[i].headers.get("Mcp-Session-Id") == "a-session-1");
    CHECK(seen[i].headers.get("MCP-Protocol-Version") == "2025-11-25");
    CHECK(seen[i].headers.get("Accept") == "application/json, text/event-stream");
    CHECK(seen[i].headers.get("Content-Type") == "application/json");
  }
}

TEST_CASE("each session has its own upstream session at each backend", "[upstream]") {
  Rig rig({"a", "b"});
  const std::string one = rig.open_session();
  const std::string two = rig.open_session();
  for (const std::string& id : {one, two, one}) {
    rig.post(id, call_body("1", "a__echo"));
    rig.post(id, call_body("2", "b__echo"));
  }
  CHECK(rig.backend(0).count("initialize") == 2);
  CHECK(rig.backend(1).count("initialize") == 2);
  const auto calls = rig.backend(0).seen("tools/call");
  REQUIRE(calls.size() == 3);
  CHECK(calls[0].headers.get("Mcp-Session-Id") == calls[2].headers.get("Mcp-Session-Id"));
  CHECK(calls[0].headers.get("Mcp-Session-Id") != calls[1].headers.get("Mcp-Session-Id"));
}

TEST_CASE("the version a backend answers is adopted", "[upstream][VER-03]") {
  Rig rig({"a"});
  const auto answer_version = [&](const std::string& version) {
    rig.backend().on("initialize", [version](const auto& exchange) {
      exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + R"(,"result":{"protocolVersion":")" +
                         version + R"(","capabilities":{"tools":{}},"serverInfo":{"name":"a","version":"1"}}})",
                     {{"Mcp-Session-Id", "s-" + version}});
    });
    rig.backend().on("notifications/initialized", [](const auto& exchange) { exchange->respond(202, {}, ""); });
    rig.backend().on("tools/call", [](const auto& exchange) { exchange->json(kOk); });
    return rig.post(rig.open_session(), call_body("1", "echo"));
  };
  CHECK(answer_version("2025-06-18").status == 200);
  CHECK(rig.backend().seen("tools/call").back().headers.get("MCP-Protocol-Version") == "2025-06-18");
  CHECK(answer_version("2025-03-26").status == 200);  // that revision knows no such header
  CHECK_FALSE(rig.backend().seen("tools/call").back().headers.has("MCP-Protocol-Version"));

  SECTION("one that we do not speak ends the session again") {  // VER-02
    const Response response = answer_version("1999-01-01");
    CHECK(reason_of(response) == "backend_protocol_error");
    REQUIRE(rig.backend().count("DELETE") == 1);
    CHECK(rig.backend().seen("DELETE")[0].headers.get("Mcp-Session-Id") == "s-1999-01-01");
  }
}

TEST_CASE("a backend without session ids is never sent one, and a 404 of it is no lost session", "[upstream]") {
  Rig rig({"a"});
  rig.backend().be_without_sessions();
  const std::string id = rig.open_session();
  CHECK(rig.post(id, call_body("1", "echo")).status == 200);
  CHECK(rig.post(id, call_body("2", "echo")).status == 200);
  CHECK(rig.backend().count("initialize") == 1);
  for (const Seen& seen : rig.backend().seen()) {
    CHECK_FALSE(seen.headers.has("Mcp-Session-Id"));
  }
  rig.backend().on("tools/call", [](const auto& exchange) { exchange->respond(404, {}, "not here"); });
  CHECK(reason_of(rig.post(id, call_body("3", "echo"))) == "backend_protocol_error");
  CHECK(rig.backend().count("initialize") == 1);
  rig.send(delete_request(id));
  CHECK(rig.backend().count("DELETE") == 0);
}

TEST_CASE("a backend that forgot its session gets a new one and the same request once more", "[upstream][SES-07]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("1", "echo"));
  rig.backend().forget_sessions();
  const Response response = rig.post(id, call_body("2", "echo", R"({"n":1})"));
  CHECK(response.status == 200);
  CHECK(response.body.find(R"("content")") != std::string::npos);
  CHECK(rig.backend().count("initialize") == 2);
  CHECK_FALSE(rig.backend().seen("initialize")[1].headers.has("Mcp-Session-Id"));
  const auto calls = rig.backend().seen("tools/call");
  REQUIRE(calls.size() == 3);
  CHECK(calls[1].body == calls[2].body);
  CHECK(calls[2].headers.get("Mcp-Session-Id") == "a-session-2");
  CHECK(rig.observer.count("upstream_lost a") == 1);
}

TEST_CASE("a backend that answers 404 again is not asked a third time", "[upstream]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.backend().on("tools/call", [](const auto& exchange) { exchange->respond(404, {}, ""); });
  const Response response = rig.post(id, call_body("1", "echo"));
  CHECK(response.status == 200);  // 404 would tell the client that its own session is gone
  CHECK(reason_of(response) == "backend_protocol_error");
  CHECK(rig.backend().count("tools/call") == 2);
}

TEST_CASE("a 400 counts as a forgotten session only if a ping in that session is refused as well",
          "[upstream][SES-07]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  bool restarted = false;
  const auto refuse_once = [&](const auto& exchange) {
    if (exchange->request.headers.get("Mcp-Session-Id") == "a-session-1") {
      exchange->respond(400, {}, "No valid session ID provided");
    } else {
      rig.backend().serve_as_usual(exchange);
    }
  };
  rig.backend().on("tools/call", refuse_once);
  rig.backend().on("ping", [&](const auto& exchange) {
    restarted ? refuse_once(exchange) : exchange->json(R"({"jsonrpc":"2.0","id":1,"result":{}})");
  });
  CHECK(reason_of(rig.post(id, call_body("1", "echo"))) == "backend_protocol_error");
  CHECK(rig.backend().count("initialize") == 1);
  CHECK(rig.backend().count("ping") == 1);

  restarted = true;
  CHECK(rig.post(id, call_body("2", "echo")).body.find(R"("content")") != std::string::npos);
  CHECK(rig.backend().count("initialize") == 2);
}

TEST_CASE("a refused connection is tried again with backoff inside the connect timeout", "[upstream][retry]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.backend().go_down();
  const auto writer = rig.start(post_request(id, call_body("1", "echo")));
  rig.executor.advance(200ms);
  CHECK_FALSE(writer->ended());
  rig.backend().come_up();
  rig.executor.advance(1s);
  REQUIRE(writer->ended());
  CHECK(writer->response().body.find(R"("content")") != std::string::npos);
  CHECK(rig.backend().count("tools/call") == 1);
}

TEST_CASE("a backend that stays down is answered backend_unavailable with its name", "[upstream][retry]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.backend().go_down();
  const auto writer = rig.start(post_request(id, call_body("1", "echo")));
  rig.executor.advance(5s);
  REQUIRE(writer->ended());
  CHECK(writer->response().status == 200);
  CHECK(reason_of(writer->response()) == "backend_unavailable");
  CHECK(writer->response().body.find(R"("backend":"a")") != std::string::npos);
  CHECK(rig.observer.count("backend_failed a backend_unavailable") == 1);
}

TEST_CASE("what may have run is not sent again", "[upstream][TRAP-40]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  const auto outcome_of = [&](ScriptedBackend::Behaviour behaviour) {
    const std::size_t before = rig.backend().count("tools/call");
    rig.backend().on("tools/call", std::move(behaviour));
    const Response response = rig.post(id, call_body("1", "echo"));
    CHECK(response.status == 200);
    CHECK(rig.backend().count("tools/call") == before + 1);
    CHECK(response.body.find("secret") == std::string::npos);
    return reason_of(response);
  };
  const Headers json{{"Content-Type", "application/json"}};
  const Headers sse{{"Content-Type", "text/event-stream"}};

  CHECK(outcome_of([](const auto& e) { e->fail(HttpFailure::broken); }) == "outcome_unknown");
  CHECK(outcome_of([](const auto& e) { e->fail(HttpFailure::timeout); }) == "backend_timeout");
  CHECK(outcome_of([](const auto& e) { e->respond(500, {}, "secret stack trace"); }) == "backend_protocol_error");
  CHECK(outcome_of([](const auto& e) { e->respond(401, {}, "secret"); }) == "backend_refused");
  CHECK(outcome_of([](const auto& e) { e->respond(503, {}, "secret"); }) == "backend_unavailable");
  CHECK(outcome_of([&](const auto& e) { e->respond(200, json, "secret garbage"); }) == "backend_protocol_error");
  CHECK(outcome_of([&](const auto& e) { e->respond(200, json, R"({"jsonrpc":"2.0","id":1,"resu)"); }) ==
        "backend_protocol_error");
  CHECK(outcome_of([&](const auto& e) {
          e->respond(200, {{"Content-Type", "text/html"}}, "<p>secret");
        }) == "outcome_unknown");
  CHECK(outcome_of([&](const auto& e) { e->json(R"({"jsonrpc":"2.0","id":2,"result":{}})"); }) == "outcome_unknown");
  CHECK(outcome_of([&](const auto& e) {
          e->head(200, sse);
          e->body("data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"cut");
          e->end();
        }) == "outcome_unknown");
  CHECK(outcome_of([&](const auto& e) {
          e->head(200, sse);
          e->body(": nothing yet\n\n");
          e->fail(HttpFailure::broken);
        }) == "outcome_unknown");
}

TEST_CASE("a larger answer than the bound is cut off", "[upstream][limits]") {
  RouterOptions options;
  options.limits.max_response = 1'000;
  Rig rig({"a"}, options);
  const std::string id = rig.open_session();
  std::shared_ptr<MemoryExchange> endless;
  rig.backend().on("tools/call", [&](const auto& exchange) {
    endless = exchange;
    exchange->head(200, {{"Content-Type", "application/json"}});
    exchange->body(std::string(2'000, ' '));
  });
  CHECK(reason_of(rig.post(id, call_body("1", "echo"))) == "backend_protocol_error");
  CHECK(endless->cancelled());
}

TEST_CASE("an answer nested deeper than the bound is a protocol error", "[upstream][limits]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":1,"result":)" + std::string(100'000, '[') + std::string(100'000, ']') +
                   "}");
  });
  CHECK(reason_of(rig.post(rig.open_session(), call_body("1", "echo"))) == "backend_protocol_error");
}

TEST_CASE("a backend that insists on both types in Accept is served", "[upstream][HTTP-06]") {
  Rig rig({"a"});
  const auto insist = [&](const auto& exchange) {
    const std::string_view accept = exchange->request.headers.get("Accept");
    if (accept.find("application/json") == std::string_view::npos ||
        accept.find("text/event-stream") == std::string_view::npos) {
      exchange->respond(406, {}, "");
    } else {
      rig.backend().serve_as_usual(exchange);
    }
  };
  for (const std::string method : {"initialize", "notifications/initialized", "tools/call"}) {
    rig.backend().on(method, insist);
  }
  Request call = post_request(rig.open_session(), call_body("1", "echo"));
  call.headers.set("Accept", "application/json");  // of the client's hop alone
  CHECK(rig.send(call).body.find(R"("content")") != std::string::npos);
}

TEST_CASE("a JSON-RPC error of a backend reaches the client untouched", "[upstream]") {
  Rig rig({"a"});
  const std::string error =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"no such tool","data":[1.50]}})";
  rig.backend().on("tools/call", [&](const auto& exchange) { exchange->json(error); });
  CHECK(rig.post(rig.open_session(), call_body("1", "echo")).body == error);
}

TEST_CASE("a URL to visit in a backend's error reaches only who can visit it", "[upstream][ELI-05]") {
  Rig rig({"a"});
  const std::string error =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32042,"message":"m","data":{"elicitations":[]}}})";
  rig.backend().on("tools/call", [&](const auto& exchange) { exchange->json(error); });
  const auto call_with = [&](const std::string& version, const std::string& capabilities) {
    std::string initialize = initialize_body(version);
    const std::string none = R"("capabilities":{"sampling":{}})";
    initialize.replace(initialize.find(none), none.size(), R"("capabilities":)" + capabilities);
    const Response opened = rig.send(post_request({}, initialize));
    return rig.post(opened.headers.get("Mcp-Session-Id"), call_body("1", "echo")).body;
  };
  CHECK(call_with("2025-11-25", R"({"elicitation":{"url":{}}})") == error);
  for (const std::string& refused : {call_with("2025-11-25", R"({"elicitation":{}})"), call_with("2025-11-25", "{}"),
                                     call_with("2025-06-18", R"({"elicitation":{"url":{}}})")}) {
    CHECK(refused.find(R"("code":-32603)") != std::string::npos);
    CHECK(refused.find(R"("original":{"code":-32042)") != std::string::npos);
  }
}

TEST_CASE("an error without id is the answer to the only request that was sent", "[upstream][GEN-05]") {
  Rig rig({"a"});
  rig.backend().on("tools/call", [&](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"what?"}})");
  });
  CHECK(rig.post(rig.open_session(), call_body("\"x\"", "echo")).body ==
        R"({"jsonrpc":"2.0","id":"x","error":{"code":-32600,"message":"what?"}})");
}

TEST_CASE("a bad initialize result after an id was issued is followed by DELETE", "[upstream][half-made]") {
  Rig rig({"a"});
  const Headers with_id{{"Content-Type", "application/json"}, {"Mcp-Session-Id", "half"}};
  for (const std::string body : {"", "garbage", R"({"jsonrpc":"2.0","id":1,"result":{}})",
                                 R"({"jsonrpc":"2.0","error":{"code":1,"message":"no"},"id":null})"}) {
    const std::size_t before = rig.backend().count("DELETE");
    rig.backend().on("initialize", [&](const auto& exchange) { exchange->respond(200, with_id, body); });
    const Response response = rig.post(rig.open_session(), call_body("1", "echo"));
    CHECK(response.body.find("error") != std::string::npos);
    REQUIRE(rig.backend().count("DELETE") == before + 1);
    CHECK(rig.backend().seen("DELETE").back().headers.get("Mcp-Session-Id") == "half");
  }
  CHECK(rig.backend().count("tools/call") == 0);
}

TEST_CASE("a refused notifications/initialized ends the half-made session", "[upstream][half-made]") {
  Rig rig({"a"});
  rig.backend().on("notifications/initialized", [](const auto& exchange) { exchange->respond(500, {}, ""); });
  CHECK(reason_of(rig.post(rig.open_session(), call_body("1", "echo"))) == "backend_protocol_error");
  CHECK(rig.backend().live_sessions() == 0);
}

TEST_CASE("a malformed session id of a backend is not used", "[upstream][SES-03]") {
  Rig rig({"a"});
  for (const std::string bad : {"with space", "tab\there", "per%cent", "\x7f"}) {
    rig.backend().on("initialize", [&](const auto& exchange) { exchange->json("{}", {{"Mcp-Session-Id", bad}}); });
    CHECK(reason_of(rig.post(rig.open_session(), call_body("1", "echo"))) == "backend_protocol_error");
  }
}

TEST_CASE("a session deleted while its handshake is in flight leaves nothing upstream", "[upstream][race][half-made]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("initialize", [&](const auto& exchange) { held = exchange; });
  const std::string id = rig.open_session();
  const auto writer = rig.start(post_request(id, call_body("1", "echo")));
  REQUIRE(held);
  CHECK(rig.send(delete_request(id)).status == 202);
  rig.backend().serve_as_usual(held);
  REQUIRE(writer->ended());
  CHECK(reason_of(writer->response()) == "session_not_found");
  CHECK(rig.backend().count("tools/call") == 0);
  CHECK(rig.backend().live_sessions() == 0);
}

TEST_CASE("DELETE is answered before its upstream sessions are ended, and a hanging backend delays nothing",
          "[upstream][teardown]") {
  Rig rig({"a", "b"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("1", "a__echo"));
  rig.post(id, call_body("2", "b__echo"));
  std::vector<std::shared_ptr<MemoryExchange>> hanging;
  rig.backend(0).on("DELETE", [&](const auto& exchange) { hanging.push_back(exchange); });
  CHECK(rig.send(delete_request(id)).status == 202);
  CHECK(rig.backend(1).live_sessions() == 0);
  REQUIRE(hanging.size() == 1);

  for (int i = 0; i < 10; ++i) {
    const std::string more = rig.open_session();
    rig.post(more, call_body("1", "a__echo"));
    CHECK(rig.send(delete_request(more)).status == 202);
  }
  CHECK(hanging.size() == 4);  // bounded per backend, the rest waits
  while (!hanging.empty()) {
    const auto exchange = hanging.back();
    hanging.pop_back();
    rig.backend(0).serve_as_usual(exchange);
  }
  CHECK(rig.backend(0).live_sessions() == 0);
}

TEST_CASE("teardown sends id, version and the headers the session was made with", "[upstream][teardown][SES-08]") {
  Rig rig({"a"});
  std::vector<Backend> configured = rig.configured();
  configured[0].headers.forward = {"X-Tenant"};
  configured[0].headers.set = {{"Authorization", "Bearer of the router"}};
  rig.router->reload({}, configured);
  Request initialize = post_request({}, initialize_body());
  initialize.headers.add("X-Tenant", "t1");
  const std::string id(rig.send(initialize).headers.get("Mcp-Session-Id"));
  Request call = post_request(id, call_body("1", "echo"));
  call.headers.add("X-Tenant", "t1");
  call.headers.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  rig.send(call);
  rig.send(delete_request(id));
  REQUIRE(rig.backend().count("DELETE") == 1);
  const Headers headers = rig.backend().seen("DELETE")[0].headers;
  CHECK(headers.get("Mcp-Session-Id") == "a-session-1");
  CHECK(headers.get("MCP-Protocol-Version") == "2025-11-25");
  CHECK(headers.get("X-Tenant") == "t1");
  CHECK(headers.get("Authorization") == "Bearer of the router");
  CHECK_FALSE(headers.has("traceparent"));
}

TEST_CASE("405 to DELETE is fine", "[upstream][teardown][SES-09]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("1", "echo"));
  rig.backend().on("DELETE", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  rig.send(delete_request(id));
  CHECK(rig.observer.count("upstream_ended a clean") == 1);
}

TEST_CASE("only allowed headers of the client reach a backend", "[upstream][headers][S6]") {
  Rig rig({"a"});
  Request call = post_request(rig.open_session(), call_body("1", "echo"));
  call.headers.add("Authorization", "Bearer of the client");
  call.headers.add("Cookie", "a=b");
  call.headers.add("Origin", "http://localhost:1");
  call.headers.add("Mcp-Name", "x");
  call.headers.add("Last-Event-ID", "7");
  call.headers.add("X-Other", "x");
  call.headers.add("Accept-Language", "de");
  call.headers.add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  CHECK(rig.send(call).status == 200);
  const Headers headers = rig.backend().seen("tools/call")[0].headers;
  for (const std::string name : {"Authorization", "Cookie", "Origin", "Mcp-Name", "Last-Event-ID", "X-Other", "Host"}) {
    CHECK_FALSE(headers.has(name));
  }
  CHECK(headers.get("Accept-Language") == "de");
  CHECK(headers.has("traceparent"));
}

TEST_CASE("a header value with CR LF does not reach a backend", "[upstream][headers][S12]") {
  Rig rig({"a"});
  std::vector<Backend> configured = rig.configured();
  configured[0].headers.forward = {"X-Tenant"};
  rig.router->reload({}, configured);
  Request call = post_request(rig.open_session(), call_body("1", "echo"));
  call.headers.add("X-Tenant", "t\r\nAuthorization: Bearer stolen");
  CHECK(rig.send(call).status == 200);
  CHECK_FALSE(rig.backend().seen("tools/call")[0].headers.has("X-Tenant"));
}

TEST_CASE("shutdown waits for calls, ends all upstream sessions and refuses new requests", "[upstream][shutdown]") {
  Rig rig({"a", "b"});
  for (int i = 0; i < 3; ++i) {
    const std::string id = rig.open_session();
    rig.post(id, call_body("1", "a__echo"));
    rig.post(id, call_body("2", "b__echo"));
  }
  CHECK(rig.router->shutdown(1s));
  CHECK(rig.backend(0).live_sessions() == 0);
  CHECK(rig.backend(1).live_sessions() == 0);
  CHECK(rig.observer.count("session_ended shutdown") == 3);
  const Response refused = rig.send(post_request({}, initialize_body()));
  CHECK(refused.status == 503);
  CHECK(refused.headers.has("Retry-After"));
}

TEST_CASE("shutdown gives up on what hangs when its time is over", "[upstream][shutdown]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("1", "echo"));
  rig.backend().on("tools/call", [held = std::make_shared<std::shared_ptr<MemoryExchange>>()](const auto& exchange) {
    *held = exchange;
  });
  rig.backend().on("DELETE", [held = std::make_shared<std::shared_ptr<MemoryExchange>>()](const auto& exchange) {
    *held = exchange;
  });
  const auto writer = rig.start(post_request(id, call_body("2", "echo")));
  CHECK_FALSE(rig.router->shutdown(40ms));
  REQUIRE(writer->ended());
  CHECK(reason_of(writer->response()) == "shutting_down");
}

TEST_CASE("a reload changes backends for new requests while calls in flight end as they began", "[upstream][reload]") {
  Rig rig({"a", "b"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("0", "a__echo"));
  std::shared_ptr<MemoryExchange> held;
  rig.backend(0).on("tools/call", [&](const auto& exchange) { held = exchange; });
  const auto writer = rig.start(post_request(id, call_body("1", "a__echo")));
  REQUIRE(held);

  std::vector<Backend> only_b = rig.configured();
  only_b.erase(only_b.begin());
  rig.router->reload({}, only_b);
  CHECK(rig.post(id, call_body("2", "echo")).body.find(R"("text":"b")") != std::string::npos);

  held->json(kOk);
  REQUIRE(writer->ended());
  CHECK(writer->response().body == kOk);
  rig.send(delete_request(id));
  CHECK(rig.backend(0).live_sessions() == 0);  // ended although its backend left the configuration
}

TEST_CASE("a backend whose settings changed gets a new upstream session and the old one is ended",
          "[upstream][reload]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("1", "echo"));
  std::vector<Backend> changed = rig.configured();
  changed[0].headers.set = {{"X-Key", "k"}};
  rig.router->reload({}, changed);
  rig.post(id, call_body("2", "echo"));
  CHECK(rig.backend().count("initialize") == 2);
  CHECK(rig.backend().live_sessions() == 1);
  CHECK(rig.backend().seen("DELETE").at(0).headers.get("Mcp-Session-Id") == "a-session-1");
}

TEST_CASE("a reload that cannot be used changes nothing", "[upstream][reload]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  std::vector<Backend> bad = rig.configured();
  bad[0].url = "ftp://nowhere";
  CHECK_THROWS_AS(rig.router->reload({}, bad), ConfigError);
  RouterOptions zero;
  zero.limits.max_body = 0;
  CHECK_THROWS_AS(rig.router->reload(zero, rig.configured()), ConfigError);
  CHECK(rig.post(id, call_body("1", "echo")).status == 200);
}
