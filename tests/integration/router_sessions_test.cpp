#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/hooked_store.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

nlohmann::json result_of(const Response& response) { return nlohmann::json::parse(response.body).at("result"); }

const std::string kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

}  // namespace

TEST_CASE("initialize makes a session and answers capabilities and serverInfo", "[session][INIT-02][SES-01]") {
  Rig rig({"a"});
  const Response response = rig.send(post_request({}, initialize_body()));
  REQUIRE(response.status == 200);
  CHECK(response.headers.get("Content-Type") == "application/json");
  CHECK(response.headers.get("Mcp-Session-Id").size() >= 22);
  CHECK(response.headers.get("MCP-Protocol-Version") == "2025-11-25");
  const auto result = result_of(response);
  CHECK(result["protocolVersion"] == "2025-11-25");
  CHECK(result["capabilities"] == nlohmann::json::parse(R"({"tools":{"listChanged":true}})"));
  CHECK(result["serverInfo"]["name"] == "mcprouter");
  CHECK(result["serverInfo"]["version"] == kVersion);
  CHECK(rig.store.size() == 1);
  CHECK(rig.backend().seen().empty());  // upstream sessions are made on first need
}

TEST_CASE("a version we speak is adopted and any other is answered with our newest", "[session][VER-01]") {
  Rig rig({"a"});
  for (const std::string version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    CHECK(result_of(rig.send(post_request({}, initialize_body(version))))["protocolVersion"] == version);
  }
  for (const std::string version : {"1999-01-01", "2026-07-28", ""}) {
    CHECK(result_of(rig.send(post_request({}, initialize_body(version))))["protocolVersion"] == "2025-11-25");
  }
}

TEST_CASE("an initialize that lacks a member is answered -32602 and makes no session", "[session]") {
  Rig rig({"a"});
  for (const std::string params :
       {R"({"capabilities":{},"clientInfo":{"name":"c","version":"1"}})",
        R"({"protocolVersion":7,"capabilities":{},"clientInfo":{"name":"c","version":"1"}})",
        R"({"protocolVersion":"2025-11-25","clientInfo":{"name":"c","version":"1"}})",
        R"({"protocolVersion":"2025-11-25","capabilities":[],"clientInfo":{"name":"c","version":"1"}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{}})",
        R"({"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c"}})"}) {
    const Response response =
        rig.send(post_request({}, R"({"jsonrpc":"2.0","id":5,"method":"initialize","params":)" + params + "}"));
    CHECK(response.status == 200);
    CHECK(reason_of(response) == "invalid_params");
    CHECK_FALSE(response.headers.has("Mcp-Session-Id"));
  }
  CHECK(rig.store.size() == 0);
}

TEST_CASE("clientInfo and capabilities are kept with the session", "[session]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  const SessionPtr record = rig.store.find(id, rig.executor.now());
  REQUIRE(record);
  CHECK(record->client_info == R"({"name":"test","version":"1"})");
  CHECK(record->client_capabilities == R"({"sampling":{}})");
}

TEST_CASE("notifications and responses of a client are answered 202 without a body", "[session][HTTP-10][GEN-08]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  for (const std::string body : {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
                                 R"({"jsonrpc":"2.0","method":"notifications/unheard-of","params":{}})",
                                 R"({"jsonrpc":"2.0","id":9,"result":{}})",
                                 R"({"jsonrpc":"2.0","id":"x","error":{"code":-1,"message":"no"}})"}) {
    const Response response = rig.post(id, body);
    CHECK(response.status == 202);
    CHECK(response.body.empty());
  }
}

TEST_CASE("ping is answered with exactly an empty result", "[session][INIT-09]") {
  Rig rig({"a"});
  const Response response = rig.post(rig.open_session(), R"({"jsonrpc":"2.0","id":"p","method":"ping"})");
  CHECK(response.status == 200);
  CHECK(response.body == R"({"jsonrpc":"2.0","id":"p","result":{}})");
  CHECK(response.headers.get("MCP-Protocol-Version") == "2025-11-25");
}

TEST_CASE("a request without a session id is answered 400", "[session][SES-05]") {
  Rig rig({"a"});
  const Response response = rig.post({}, kPing);
  CHECK(response.status == 400);
  CHECK(reason_of(response) == "session_id_missing");
  CHECK(rig.send(delete_request({})).status == 400);
}

TEST_CASE("an unknown session id is answered 404", "[session][SES-06]") {
  Rig rig({"a"});
  const Response response = rig.post("unknown", kPing);
  CHECK(response.status == 404);
  CHECK(reason_of(response) == "session_not_found");
  CHECK(rig.send(delete_request("unknown")).status == 404);
}

TEST_CASE("a request with two session ids is refused", "[session]") {
  Rig rig({"a"});
  Request request = post_request(rig.open_session(), kPing);
  request.headers.add("Mcp-Session-Id", "another");
  CHECK(rig.send(request).status == 400);
}

TEST_CASE("a deleted session is answered 404, the second DELETE too", "[session][SES-06]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  const Response deleted = rig.send(delete_request(id));
  CHECK(deleted.status == 202);
  CHECK(deleted.body.empty());
  CHECK(rig.send(delete_request(id)).status == 404);
  CHECK(rig.post(id, kPing).status == 404);
  CHECK(rig.observer.count("session_ended deleted") == 1);
}

TEST_CASE("an invalid MCP-Protocol-Version is answered 400, another supported one is tolerated", "[session][VER-05]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  for (const std::string version : {"banana", "2026-07-28", ""}) {
    Request request = post_request(id, kPing);
    request.headers.add("MCP-Protocol-Version", version);
    CHECK(rig.send(request).status == 400);
    Request remove = delete_request(id);
    remove.headers.add("MCP-Protocol-Version", version);
    // The revision without sessions has no DELETE (HTTP-18).
    CHECK(rig.send(remove).status == (version == "2026-07-28" ? 405 : 400));
  }
  for (const std::string version : {"banana", "2099-01-01"}) {
    Request notification = post_request(id, R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed"})");
    notification.headers.add("MCP-Protocol-Version", version);
    CHECK(rig.send(notification).status == 400);
  }
  Request request = post_request(id, kPing);
  request.headers.add("MCP-Protocol-Version", "2025-06-18");
  CHECK(rig.send(request).status == 200);
}

TEST_CASE("initialize on a live session is refused and leaves it alone", "[session]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  CHECK(rig.post(id, initialize_body()).status == 400);
  CHECK(rig.post(id, kPing).status == 200);
  CHECK(rig.post("unknown", initialize_body()).status == 404);
}

TEST_CASE("methods other than GET, POST and DELETE are answered 405 with Allow", "[session]") {
  Rig rig({"a"});
  for (const std::string method : {"PUT", "PATCH", "OPTIONS", "HEAD"}) {
    Request request = delete_request(rig.open_session());
    request.method = method;
    const Response response = rig.send(request);
    CHECK(response.status == 405);
    CHECK(response.headers.get("Allow") == "GET, POST, DELETE");
  }
}

TEST_CASE("a client is served 29:59 after its last request and gets 404 at 30:00", "[session][expiry][SES-06]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.executor.advance(29min + 59s);
  CHECK(rig.post(id, kPing).status == 200);
  rig.executor.advance(30min - 1ms);
  CHECK(rig.post(id, kPing).status == 200);
  rig.executor.advance(30min);
  CHECK(rig.post(id, kPing).status == 404);
}

TEST_CASE("an expired session's upstream sessions are ended soon, without another request",
          "[session][expiry][SES-08]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.post(id, call_body("1", "echo"));
  REQUIRE(rig.backend().live_sessions() == 1);
  rig.executor.advance(30min + 5s);
  CHECK(rig.backend().live_sessions() == 0);
  CHECK(rig.store.size() == 0);
  CHECK(rig.observer.count("session_ended expired") == 1);
  CHECK(rig.executor.timers() == 0);  // nothing ticks when there is no session
}

TEST_CASE("a session does not expire while a call is in flight, and its idle time begins after it",
          "[session][expiry]") {
  RouterOptions options;
  options.timeouts.call_idle = 3h;
  options.timeouts.call_total = 3h;
  Rig rig({"a"}, options);
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("tools/call", [&](const auto& exchange) { held = exchange; });
  const std::string id = rig.open_session();
  const auto writer = rig.start(post_request(id, call_body("1", "echo")));
  rig.executor.advance(2h);
  held->json(R"({"jsonrpc":"2.0","id":1,"result":{}})");
  CHECK(writer->response().status == 200);
  rig.executor.advance(29min + 59s);
  CHECK(rig.post(id, kPing).status == 200);
}

TEST_CASE("max_sessions is answered 503 with Retry-After until an expired session makes room", "[session][limits]") {
  SessionLimits limits;
  limits.max_sessions = 2;
  Rig rig({"a"}, {}, limits);
  rig.open_session();
  const std::string second = rig.open_session();
  const Response refused = rig.send(post_request({}, initialize_body()));
  CHECK(refused.status == 503);
  CHECK(refused.headers.has("Retry-After"));
  CHECK(reason_of(refused) == "too_many_sessions");
  rig.executor.advance(29min + 58s);
  rig.post(second, kPing);
  rig.executor.advance(2s);  // the first one is over, the sweep has not come yet
  CHECK(rig.send(post_request({}, initialize_body())).status == 200);
}

TEST_CASE("max_sessions_per_client is answered 429 and counts clients apart", "[session][limits]") {
  SessionLimits limits;
  limits.max_sessions_per_client = 1;
  Rig rig({"a"}, {}, limits);
  const std::string first = rig.open_session();
  const Response refused = rig.send(post_request({}, initialize_body()));
  CHECK(refused.status == 429);
  CHECK(refused.headers.has("Retry-After"));
  CHECK(reason_of(refused) == "too_many_sessions_for_client");
  CHECK_NOTHROW(rig.open_session("2025-11-25", "another client"));
  Request elsewhere = post_request({}, initialize_body());
  elsewhere.peer = "127.0.0.2";
  CHECK(rig.send(elsewhere).status == 200);
  rig.send(delete_request(first));
  CHECK_NOTHROW(rig.open_session());
}

namespace {

/// Takes the user's word for who they are.
class TrustingAuthenticator final : public Authenticator {
 public:
  void authenticate(const Request& request, std::function<void(Result)> done) override {
    const std::string_view user = request.headers.get("X-User");
    if (user.empty()) {
      done({{}, Response{401, {{"WWW-Authenticate", "Bearer"}}, "who are you?"}});
      return;
    }
    done({{"https://issuer.test", std::string(user), "app"}, std::nullopt});
  }
};

Request as_user(Request request, const std::string& user) {
  request.headers.add("X-User", user);
  return request;
}

}  // namespace

TEST_CASE("a session of another principal looks like an unknown one and is not touched", "[session][SES-11][SES-12]") {
  TrustingAuthenticator authenticator;
  Rig rig({"a"}, {}, {}, &authenticator);
  const Response opened = rig.send(as_user(post_request({}, initialize_body()), "ann"));
  const std::string id(opened.headers.get("Mcp-Session-Id"));
  const Response unknown = rig.send(as_user(post_request("unknown", kPing), "bob"));
  const Response foreign = rig.send(as_user(post_request(id, kPing), "bob"));
  CHECK(foreign.status == 404);
  CHECK(foreign.body == unknown.body);
  CHECK(foreign.headers == unknown.headers);
  CHECK(rig.send(as_user(delete_request(id), "bob")).status == 404);
  CHECK(rig.send(as_user(post_request(id, kPing), "ann")).status == 200);

  rig.executor.advance(29min);
  rig.send(as_user(post_request(id, kPing), "bob"));
  rig.executor.advance(1min);
  CHECK(rig.send(as_user(post_request(id, kPing), "ann")).status == 404);
}

TEST_CASE("what the authenticator refuses is sent as it is", "[session][AUT-01]") {
  TrustingAuthenticator authenticator;
  Rig rig({"a"}, {}, {}, &authenticator);
  const Response response = rig.send(post_request({}, initialize_body()));
  CHECK(response.status == 401);
  CHECK(response.headers.get("WWW-Authenticate") == "Bearer");
  CHECK(response.body == "who are you?");
}

TEST_CASE("the per-client limit counts a principal's client, not the peer", "[session][limits]") {
  TrustingAuthenticator authenticator;
  SessionLimits limits;
  limits.max_sessions_per_client = 1;
  Rig rig({"a"}, {}, limits, &authenticator);
  CHECK(rig.send(as_user(post_request({}, initialize_body()), "ann")).status == 200);
  CHECK(rig.send(as_user(post_request({}, initialize_body()), "ann")).status == 429);
}

TEST_CASE("a store that blocks is called where blocking is allowed", "[session]") {
  Rig rig({"a"});
  HookedStore store(rig.store);
  store.is_slow = true;
  BackendSessionManager upstreams(rig.http, rig.executor, store);
  Router router({rig.http, rig.executor, store, upstreams}, {}, rig.configured());
  const auto ask = [&](Request request) {
    const auto writer = std::make_shared<RecordingWriter>();
    router.handle(std::move(request), writer);
    rig.executor.run();
    return writer->wait();
  };
  const Response opened = ask(post_request({}, initialize_body()));
  REQUIRE(opened.status == 200);
  const std::size_t before = rig.executor.posted_blocking();
  CHECK(before > 0);
  CHECK(ask(post_request(opened.headers.get("Mcp-Session-Id"), call_body("1", "echo"))).status == 200);
  CHECK(rig.executor.posted_blocking() > before);
}
