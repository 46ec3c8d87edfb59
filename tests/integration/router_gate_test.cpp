#include <string>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;

namespace {

const std::string kPing = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";

Request with(Request request, const std::string& name, const std::string& value) {
  request.headers.set(name, value);
  return request;
}

}  // namespace

TEST_CASE("an Origin that is not allowed is answered 403 on every method", "[gate][HTTP-04]") {
  RouterOptions options;
  options.allowed_origins = {"https://app.example"};
  Rig rig({"a"}, options);
  const std::string id = rig.open_session();
  for (const std::string origin :
       {"https://evil.example", "null", "http://app.example", "https://app.example:444", "x"}) {
    CHECK(rig.send(with(post_request(id, kPing), "Origin", origin)).status == 403);
    CHECK(rig.send(with(delete_request(id), "Origin", origin)).status == 403);
    for (const std::string method : {"GET", "OPTIONS"}) {
      Request request = with(delete_request(id), "Origin", origin);
      request.method = method;
      CHECK(rig.send(request).status == 403);
    }
  }
  for (const std::string origin : {"https://app.example", "https://app.example:443", "http://localhost:6274"}) {
    CHECK(rig.send(with(post_request(id, kPing), "Origin", origin)).status == 200);
  }
}

TEST_CASE("a Host that is not a loopback name is answered 403 unless it is allowed", "[gate][HTTP-04]") {
  RouterOptions options;
  options.allowed_hosts = {"gw.example"};
  Rig rig({"a"}, options);
  const std::string id = rig.open_session();
  for (const std::string host : {"evil.example", "evil.example:8080", "localhost.evil.example", "gw.example.evil"}) {
    const Response response = rig.send(with(post_request(id, kPing), "Host", host));
    CHECK(response.status == 403);
    CHECK(reason_of(response) == "host_refused");
  }
  for (const std::string host : {"localhost", "localhost:8080", "127.0.0.1", "[::1]:8080", "gw.example:443"}) {
    CHECK(rig.send(with(post_request(id, kPing), "Host", host)).status == 200);
  }
}

TEST_CASE("a body over the bound is answered 413 and headers over theirs 431", "[gate][limits]") {
  RouterOptions options;
  options.limits.max_body = 512;
  options.limits.max_header_bytes = 512;
  Rig rig({"a"}, options);
  const std::string id = rig.open_session();
  CHECK(rig.post(id, kPing + std::string(600, ' ')).status == 413);
  CHECK(rig.send(with(post_request(id, kPing), "X-Big", std::string(600, 'x'))).status == 431);
}

TEST_CASE("a Content-Type other than JSON is answered 415", "[gate]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"}) {
    CHECK(rig.send(with(post_request(id, kPing), "Content-Type", type)).status == 415);
  }
  CHECK(rig.send(with(post_request(id, kPing), "Content-Type", "Application/JSON; charset=UTF-8")).status == 200);
}

TEST_CASE("an Accept that takes neither JSON nor SSE is answered 406", "[gate]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  CHECK(rig.send(with(post_request(id, kPing), "Accept", "text/html")).status == 406);
  CHECK(rig.send(with(post_request(id, kPing), "Accept", "application/json;q=0, text/event-stream;q=0")).status == 406);
}

TEST_CASE("Accept decides between JSON and SSE, with q-values", "[gate][HTTP-11]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  const auto type_for = [&](const std::string& accept) {
    return std::string(rig.send(with(post_request(id, kPing), "Accept", accept)).headers.get("Content-Type"));
  };
  CHECK(type_for("application/json, text/event-stream") == "application/json");
  CHECK(type_for("*/*") == "application/json");
  CHECK(type_for("application/json") == "application/json");
  CHECK(type_for("text/event-stream") == "text/event-stream");
  CHECK(type_for("application/json;q=0.5, text/event-stream") == "text/event-stream");
  CHECK(type_for("application/json, text/event-stream;q=0.5") == "application/json");
  CHECK(type_for("application/json;q=0, */*") == "text/event-stream");
}

TEST_CASE("a body that is not one JSON-RPC message is answered 400 with what is wrong", "[gate][GEN-01][GEN-02]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  for (const std::string body : {"", "{", "nonsense", "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"} x",
                                 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xff\"}"}) {
    const Response response = rig.post(id, body);
    CHECK(response.status == 400);
    CHECK(reason_of(response) == "parse_error");
  }
  for (const std::string body :
       {R"({"jsonrpc":"1.0","id":1,"method":"ping"})", R"({"jsonrpc":"2.0","id":null,"method":"ping"})",
        R"({"jsonrpc":"2.0","id":1.5,"method":"ping"})", R"({"jsonrpc":"2.0","id":1,"method":7})", R"("text")",
        R"({"jsonrpc":"2.0","id":1,"id":2,"method":"ping"})"}) {
    const Response response = rig.post(id, body);
    CHECK(response.status == 400);
    CHECK(reason_of(response) == "invalid_request");
  }
}

TEST_CASE("JSON nested deeper than the bound is refused without harm", "[gate][limits]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  CHECK(rig.post(id, call_body("1", "echo", deep)).status == 400);
}

TEST_CASE("an id longer than the bound is refused", "[gate][limits]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  const std::string long_id = "\"" + std::string(300, 'x') + "\"";
  CHECK(rig.post(id, R"({"jsonrpc":"2.0","id":)" + long_id + R"(,"method":"ping"})").status == 400);
}

TEST_CASE("a method nobody serves is answered -32601 with status 200", "[gate][TRAP-01]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  for (const std::string method : {"unknown/method", "prompts/list", "server/discover"}) {
    const Response response = rig.post(id, R"({"jsonrpc":"2.0","id":3,"method":")" + method + "\"}");
    CHECK(response.status == 200);
    CHECK(reason_of(response) == "method_not_found");
  }
}

TEST_CASE("a batch is taken on 2025-03-26 sessions", "[batch][BAT-01][BAT-03]") {
  Rig rig({"a"});
  const std::string id = rig.open_session("2025-03-26");
  const std::string batch = "[" + kPing + R"(,{"jsonrpc":"2.0","method":"notifications/initialized"},)" +
                            call_body("\"c\"", "echo") + R"(,{"jsonrpc":"2.0","id":3}])";
  const Response streamed = rig.post(id, batch);
  CHECK(streamed.headers.get("Content-Type") == "text/event-stream");
  const auto events = events_of(streamed);
  REQUIRE(events.size() == 3);
  CHECK(events[0] == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  CHECK(events[1].find(R"("id":"c")") != std::string::npos);
  CHECK(events[2].find("invalid_request") != std::string::npos);

  const Response whole = rig.send(with(post_request(id, "[" + kPing + "]"), "Accept", "application/json"));
  CHECK(whole.body == R"([{"jsonrpc":"2.0","id":1,"result":{}}])");
}

TEST_CASE("a batch without requests is answered 202", "[batch][BAT-02]") {
  Rig rig({"a"});
  const std::string id = rig.open_session("2025-03-26");
  const Response response = rig.post(id, R"([{"jsonrpc":"2.0","method":"notifications/initialized"}])");
  CHECK(response.status == 202);
  CHECK(response.body.empty());
}

TEST_CASE("a batch is refused on newer sessions, when empty, and with initialize in it", "[batch][HTTP-07][INIT-08]") {
  Rig rig({"a"});
  CHECK(rig.post(rig.open_session("2025-06-18"), "[" + kPing + "]").status == 400);
  CHECK(rig.post(rig.open_session("2025-11-25"), "[" + kPing + "]").status == 400);
  const std::string old = rig.open_session("2025-03-26");
  CHECK(rig.post(old, "[]").status == 400);
  CHECK(rig.post(old, "[" + initialize_body() + "]").status == 400);
  std::string many = kPing;
  for (int i = 0; i < 64; ++i) {
    many += "," + kPing;
  }
  CHECK(rig.post(old, "[" + many + "]").status == 400);
  CHECK(rig.post({}, "[" + initialize_body() + "]").status == 400);
}
