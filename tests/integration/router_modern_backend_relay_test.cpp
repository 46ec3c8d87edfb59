#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/modern_backend.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A modern backend whose calls the test answers, behind a router that clients of either era use.
struct Bridge {
  explicit Bridge(RouterOptions options = {}) : rig({}, options) {
    Backend configured;
    configured.name = "m";
    configured.url = backend.url();
    rig.router->reload(std::move(options), {configured});
    backend.on("tools/call", [this](const auto& exchange) { calls.push_back(exchange); });
  }

  /// Has the router serve another backend, too.
  void stand_beside(const ModernBackend& other, const RouterOptions& options = {}) {
    std::vector<Backend> both(2);
    both[0].name = "m";
    both[0].url = backend.url();
    both[1].name = other.name();
    both[1].url = other.url();
    rig.router->reload(options, both);
  }
  /// Opens a legacy session that declares these capabilities.
  void open(const std::string& capabilities = R"({"elicitation":{},"sampling":{},"roots":{}})") {
    json initialize = json::parse(initialize_body());
    initialize["params"]["capabilities"] = json::parse(capabilities);
    session = std::string(rig.send(post_request({}, initialize.dump())).headers.get("Mcp-Session-Id"));
  }
  std::shared_ptr<RecordingWriter> call(std::string body = tracked_call_body("1", "echo", "\"t\"")) {
    auto writer = rig.start(post_request(session, std::move(body)));
    rig.executor.run();
    return writer;
  }
  [[nodiscard]] json sent(std::size_t index) const { return json::parse(calls.at(index)->request.body); }
  void answer(const std::string& result) {
    const std::string id = id_of(calls.back()->request.body);
    calls.back()->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id, result));
    rig.executor.run();
  }
  void post(const json& message) { CHECK(rig.post(session, message.dump()).status == 202); }

  Rig rig;
  ModernBackend backend{rig.http, "m"};
  std::vector<std::shared_ptr<MemoryExchange>> calls;
  std::string session;
};

json event(const std::shared_ptr<RecordingWriter>& writer, std::size_t index) {
  return json::parse(events_of(writer->response()).at(index));
}

}  // namespace

TEST_CASE("a session's call at a modern backend says who calls, and its result is one of the session's version",
          "[bridge][META-01][GEN-04]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  const json sent = bridge.sent(0);
  CHECK(sent["id"] != 1);
  CHECK(sent["params"]["_meta"]["progressToken"] != "t");
  CHECK(sent["params"]["_meta"]["io.modelcontextprotocol/clientInfo"]["name"] == "test");
  CHECK(sent["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"].contains("elicitation"));
  CHECK(bridge.calls[0]->request.headers.get("Mcp-Name") == "echo");
  CHECK_FALSE(bridge.calls[0]->request.headers.has("Mcp-Session-Id"));
  bridge.answer(
      R"({"content":[],"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"x"}}})");
  CHECK(answer_of(writer->response()) == json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})"));
}

TEST_CASE("a modern backend that comes up during the first call is never taken for one with sessions", "[bridge]") {
  Bridge bridge;
  int refusals = 0;
  bridge.backend.on("server/discover", [&](const auto& exchange) {
    if (refusals-- > 0) {
      exchange->fail(HttpFailure::not_sent);
    } else {
      bridge.backend.serve_as_usual(exchange);
    }
  });
  refusals = 1'000;
  bridge.open();
  refusals = 1;
  const auto failed = bridge.call();
  CHECK(answer_of(failed->response())["error"]["data"]["reason"] == "backend_unavailable");
  CHECK(bridge.calls.empty());
  const auto writer = bridge.call();
  bridge.answer(R"({"content":[],"resultType":"complete"})");
  CHECK(answer_of(writer->response())["result"] == json{{"content", json::array()}});
}

TEST_CASE("initialize and lists of a session are made of what a modern backend discovers", "[bridge][TRAP-20]") {
  Bridge bridge;
  bridge.backend.set_tools({R"({"name":"echo","inputSchema":{"type":"object"},"outputSchema":{"type":"array"}})"});
  bridge.open();
  const Response list = bridge.rig.post(bridge.session, R"({"jsonrpc":"2.0","id":2,"method":"tools/list"})");
  const json result = answer_of(list)["result"];
  CHECK(result["tools"][0]["name"] == "echo");
  CHECK_FALSE(result["tools"][0].contains("outputSchema"));
  CHECK_FALSE(result.contains("ttlMs"));
  CHECK_FALSE(result.contains("resultType"));
  CHECK(bridge.backend.count("initialize") == 0);
}

TEST_CASE("progress of a modern backend comes under the session's token, in order", "[bridge][PRG-01]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  const json token = bridge.sent(0)["params"]["_meta"]["progressToken"];
  const json progress = {{"jsonrpc", "2.0"},
                         {"method", "notifications/progress"},
                         {"params", {{"progressToken", token}, {"progress", 1}}}};
  bridge.calls[0]->head(200, kSse);
  bridge.calls[0]->body("data: " + progress.dump() + "\n\n");
  bridge.calls[0]->body(fmt::format("data: {{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"content\":[]}}}}\n\n",
                                    id_of(bridge.calls[0]->request.body)));
  bridge.calls[0]->end();
  REQUIRE(writer->ended());
  CHECK(event(writer, 0)["params"]["progressToken"] == "t");
  CHECK(event(writer, 1)["id"] == 1);
}

TEST_CASE("progress of a modern backend that does not increase is dropped, also that of another round",
          "[bridge][PRG-02]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  const json token = bridge.sent(0)["params"]["_meta"]["progressToken"];
  const auto say = [&](double progress) {
    const json params = {{"progressToken", token}, {"progress", progress}};
    const json notified = {{"jsonrpc", "2.0"}, {"method", "notifications/progress"}, {"params", params}};
    bridge.calls.back()->body("data: " + notified.dump() + "\n\n");
  };
  const auto respond = [&](const std::string& result) {
    bridge.calls.back()->body(fmt::format("data: {{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{}}}\n\n",
                                          id_of(bridge.calls.back()->request.body), result));
    bridge.calls.back()->end();
    bridge.rig.executor.run();
  };
  bridge.calls[0]->head(200, kSse);
  say(1);
  say(3);
  say(2);
  respond(R"({"resultType":"input_required","requestState":"s"})");
  bridge.rig.executor.advance(0ms);
  REQUIRE(bridge.calls.size() == 2);
  bridge.calls[1]->head(200, kSse);
  say(1);
  say(4);
  respond(R"({"content":[],"resultType":"complete"})");
  REQUIRE(events_of(writer->response()).size() == 4);
  CHECK(event(writer, 0)["params"]["progress"] == 1);
  CHECK(event(writer, 1)["params"]["progress"] == 3);
  CHECK(event(writer, 2)["params"]["progress"] == 4);
}

TEST_CASE("input that a modern backend requires is asked of the client, and the call is sent again with it",
          "[bridge][MRTR-10][MRTR-11][MRTR-12]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  bridge.answer(R"({"resultType":"input_required","requestState":"s\u0031/=","inputRequests":{)"
                R"("who":{"method":"elicitation/create","params":{"message":"?","requestedSchema":{}}},)"
                R"("where":{"method":"roots/list"}}})");
  REQUIRE(events_of(writer->response()).size() == 2);
  const json who = event(writer, 0);
  CHECK(who["method"] == "elicitation/create");
  CHECK(who["params"]["message"] == "?");
  bridge.post({{"jsonrpc", "2.0"}, {"id", who["id"]}, {"result", {{"action", "decline"}}}});
  CHECK(bridge.calls.size() == 1);
  bridge.post({{"jsonrpc", "2.0"}, {"id", event(writer, 1)["id"]}, {"error", {{"code", -32601}, {"message", "no"}}}});
  REQUIRE(bridge.calls.size() == 2);
  const std::string again = bridge.calls[1]->request.body;
  CHECK(again.find(R"("requestState":"s\u0031/=")") != std::string::npos);
  CHECK(bridge.sent(1)["id"] != bridge.sent(0)["id"]);
  CHECK(bridge.sent(1)["params"]["arguments"] == bridge.sent(0)["params"]["arguments"]);
  CHECK(bridge.sent(1)["params"]["inputResponses"] ==
        json::parse(R"({"who":{"action":"decline"},"where":{"roots":[]}})"));
  bridge.answer(R"({"resultType":"input_required","inputRequests":{"m":{"method":"roots/list"}}})");
  bridge.post({{"jsonrpc", "2.0"}, {"id", event(writer, 2)["id"]}, {"result", {{"roots", json::array()}}}});
  CHECK_FALSE(bridge.sent(2)["params"].contains("requestState"));
  bridge.answer(R"({"content":[],"resultType":"complete"})");
  REQUIRE(writer->ended());
  CHECK(event(writer, 3)["result"] == json::parse(R"({"content":[]})"));
}

TEST_CASE("a client that refuses to sample ends the call, since no answer says so", "[bridge][TRAP-27]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  bridge.answer(
      R"({"resultType":"input_required","inputRequests":{"s":{"method":"sampling/createMessage","params":{}}}})");
  bridge.post({{"jsonrpc", "2.0"}, {"id", event(writer, 0)["id"]}, {"error", {{"code", -1}, {"message", "no"}}}});
  REQUIRE(writer->ended());
  CHECK(event(writer, 1)["error"]["code"] == -32603);
  CHECK(bridge.calls.size() == 1);
}

TEST_CASE("a backend that only wants to see the request again gets it, but not for ever", "[bridge][TRAP-26]") {
  RouterOptions options;
  options.limits.max_input_rounds = 2;
  Bridge bridge(options);
  bridge.open();
  const auto writer = bridge.call();
  for (std::size_t round = 1; round <= 3; ++round) {
    REQUIRE(bridge.calls.size() == round);
    bridge.answer(R"({"resultType":"input_required","requestState":"again"})");
    bridge.rig.executor.advance(2s);
  }
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response())["error"]["code"] == -32603);
  CHECK(bridge.calls.size() == 3);
}

TEST_CASE("a call's time is that of all its rounds", "[bridge][GEN-12]") {
  RouterOptions options;
  options.timeouts.call_idle = 10s;
  options.timeouts.call_total = 10s;
  Bridge bridge(options);
  bridge.open();
  const auto writer = bridge.call();
  bridge.answer(R"({"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}}})");
  bridge.rig.executor.advance(6s);
  bridge.post({{"jsonrpc", "2.0"}, {"id", event(writer, 0)["id"]}, {"result", {{"roots", json::array()}}}});
  REQUIRE(bridge.calls.size() == 2);
  bridge.rig.executor.advance(3'999ms);
  CHECK_FALSE(writer->ended());
  bridge.rig.executor.advance(1ms);
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response())["error"]["data"]["reason"] == "backend_timeout");
  CHECK(bridge.calls[1]->cancelled());
}

TEST_CASE("a call whose time is up between two rounds is not sent again", "[bridge][GEN-12]") {
  RouterOptions options;
  options.timeouts.call_total = 250ms;
  Bridge bridge(options);
  bridge.open();
  const auto writer = bridge.call();
  for (const auto backoff : {0ms, 100ms}) {
    bridge.answer(R"({"resultType":"input_required","requestState":"again"})");
    bridge.rig.executor.advance(backoff);
  }
  bridge.answer(R"({"resultType":"input_required","requestState":"again"})");
  bridge.rig.executor.advance(2s);
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response())["error"]["data"]["reason"] == "backend_timeout");
  CHECK(bridge.calls.size() == 3);
}

TEST_CASE("a cancelled call asks nothing more and closes the backend's stream", "[bridge][CAN-02]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  bridge.post({{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}});
  bridge.rig.executor.run();
  CHECK(bridge.calls[0]->cancelled());
  CHECK(bridge.backend.count("notifications/cancelled") == 0);
  CHECK(writer->ended());
}

TEST_CASE("a cancelled call that waits for its client ends as well", "[bridge]") {
  Bridge bridge;
  bridge.open();
  const auto writer = bridge.call();
  bridge.answer(R"({"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}}})");
  bridge.post({{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}});
  CHECK(writer->ended());
  CHECK(bridge.calls.size() == 1);
  // The client need not answer what it was asked, either.
  REQUIRE(events_of(writer->response()).size() == 2);
  CHECK(event(writer, 1)["method"] == "notifications/cancelled");
  CHECK(event(writer, 1)["params"]["requestId"] == event(writer, 0)["id"]);
}

TEST_CASE("errors of the backend's hop are none of the client's", "[bridge][TRAP-10][ERR-05]") {
  Bridge bridge;
  bridge.open();
  bridge.backend.set_capabilities(R"({"resources":{}})");
  const auto error = [&](const std::string& text) {
    const auto writer = bridge.call();
    const std::string id = id_of(bridge.calls.back()->request.body);
    bridge.calls.back()->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", id, text));
    bridge.rig.executor.run();
    return answer_of(writer->response())["error"];
  };
  CHECK(error(R"({"code":-32022,"message":"m","data":{"supported":[]}})")["code"] == -32603);
  CHECK(error(R"({"code":7,"message":"own"})") == json::parse(R"({"code":7,"message":"own"})"));
}

TEST_CASE("a modern client's call at a modern backend keeps what the backend asks, as it is", "[bridge][MRTR-11]") {
  Bridge bridge;
  json params = {{"name", "echo"}, {"requestState", "theirs/+="}, {"inputResponses", {{"k", {{"action", "accept"}}}}}};
  const auto writer = bridge.rig.start(modern_request(1, "tools/call", params, everything()));
  bridge.rig.executor.run();
  CHECK(bridge.sent(0)["params"]["requestState"] == "theirs/+=");
  CHECK(bridge.sent(0)["params"]["inputResponses"] == params["inputResponses"]);
  bridge.answer(
      R"({"resultType":"input_required","requestState":"next","inputRequests":{"r":{"method":"roots/list"}}})");
  const json result = answer_of(writer->response())["result"];
  CHECK(result["requestState"] == "next");
  CHECK(result["inputRequests"]["r"]["method"] == "roots/list");
  CHECK_FALSE(result.contains("ttlMs"));
}

TEST_CASE("a result of a type that nobody knows is no result", "[bridge][GEN-10]") {
  Bridge bridge;
  const auto writer = bridge.rig.start(modern_request(1, "tools/call", {{"name", "echo"}}));
  bridge.rig.executor.run();
  bridge.answer(R"({"resultType":"x","content":[]})");
  CHECK(answer_of(writer->response())["error"]["data"]["reason"] == "backend_protocol_error");
}

TEST_CASE("headers that a tool wants mirrored are checked by the schema that the client was given",
          "[bridge][PAR-04]") {
  Bridge bridge;
  bridge.backend.set_tools({R"({"name":"echo","inputSchema":{"type":"object","properties":)"
                            R"({"region":{"type":"string","x-mcp-header":"Region"}}}})"});
  bridge.rig.send(modern_request(1, "tools/list"));
  const json params = {{"name", "echo"}, {"arguments", {{"region", "eu"}}}};
  const auto missing = bridge.rig.start(modern_request(2, "tools/call", params));
  bridge.rig.executor.run();
  REQUIRE(missing->ended());
  CHECK(missing->response().status == 400);
  CHECK(answer_of(missing->response())["error"]["code"] == -32020);
  Request mirrored = modern_request(3, "tools/call", params);
  mirrored.headers.add("Mcp-Param-Region", "=?base64?ZXU=?=");
  mirrored.headers.add("Mcp-Param-Other", "passes");
  mirrored.headers.add("Mcp-Param-Evil", "x\r\nInjected: y");
  const auto call = bridge.rig.start(std::move(mirrored));
  bridge.rig.executor.run();
  REQUIRE(bridge.calls.size() == 1);
  CHECK(bridge.calls[0]->request.headers.get("Mcp-Param-Region") == "eu");
  CHECK(bridge.calls[0]->request.headers.get("Mcp-Param-Other") == "passes");
  CHECK_FALSE(bridge.calls[0]->request.headers.has("Mcp-Param-Evil"));
}

TEST_CASE("a list that a backend's refusal shows to be old is served to nobody any more", "[bridge][PAR-06][CCH-06]") {
  Bridge bridge;
  const auto echo = [](const std::string& header) {
    return fmt::format(R"({{"name":"echo","inputSchema":{{"type":"object","properties":)"
                       R"({{"region":{{"type":"string","x-mcp-header":"{}"}}}}}}}})",
                       header);
  };
  bridge.backend.set_caching(R"("ttlMs":600000,"cacheScope":"public")");
  bridge.backend.set_tools({echo("Region")});
  bridge.rig.send(modern_request(1, "tools/list"));
  bridge.backend.set_tools({echo("Zone")});
  bridge.backend.on("tools/call", [&](const auto& exchange) {
    if (exchange->request.headers.get("Mcp-Param-Zone") == "eu") {
      bridge.backend.serve_as_usual(exchange);
    } else {
      refuse(exchange, 400, -32020);
    }
  });
  Request call = modern_request(2, "tools/call", {{"name", "echo"}, {"arguments", {{"region", "eu"}}}});
  call.headers.add("Mcp-Param-Region", "eu");
  CHECK(answer_of(bridge.rig.send(std::move(call))).contains("result"));
  const json list = answer_of(bridge.rig.send(modern_request(3, "tools/list")))["result"];
  CHECK(list["tools"][0]["inputSchema"]["properties"]["region"]["x-mcp-header"] == "Zone");
}

TEST_CASE("mirrored headers are checked although nobody listed the tools yet", "[bridge][PAR-04]") {
  Bridge bridge;
  bridge.backend.set_tools({R"({"name":"echo","inputSchema":{"type":"object","properties":)"
                            R"({"region":{"type":"string","x-mcp-header":"Region"}}}})"});
  const auto call = [&](int id, const std::string& region) {
    Request request = modern_request(id, "tools/call", {{"name", "echo"}, {"arguments", {{"region", "eu"}}}});
    request.headers.add("Mcp-Param-Region", region);
    const auto writer = bridge.rig.start(std::move(request));
    bridge.rig.executor.run();
    return writer;
  };
  const auto wrong = call(1, "us");
  REQUIRE(wrong->ended());
  CHECK(wrong->response().status == 400);
  CHECK(answer_of(wrong->response())["error"]["code"] == -32020);
  CHECK(bridge.calls.empty());
  call(2, "eu");
  CHECK(bridge.calls.size() == 1);
  CHECK(bridge.backend.count("tools/list") == 1);
}

TEST_CASE("a backend that does not list its tools is asked for them once", "[bridge][PAR-07]") {
  Bridge bridge;
  bridge.backend.on("tools/list", [](const auto& exchange) { refuse(exchange, 500, -32603); });
  for (const int id : {1, 2}) {
    bridge.rig.start(modern_request(id, "tools/call", {{"name", "echo"}, {"arguments", {{"region", "eu"}}}}));
    bridge.rig.executor.run();
  }
  CHECK(bridge.calls.size() == 2);
  CHECK(bridge.backend.count("tools/list") == 1);
}

TEST_CASE("a read that brings something back is not to be kept", "[bridge][CCH-05]") {
  Bridge bridge;
  bridge.backend.set_capabilities(R"({"resources":{}})");
  bridge.backend.on("resources/read", [](const auto& exchange) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete","contents":[],)"
                               R"("ttlMs":5000,"cacheScope":"public"}}}})",
                               id_of(exchange->request.body)));
  });
  const auto read = [&](json params) {
    params["uri"] = "x://1";
    return answer_of(bridge.rig.send(modern_request(1, "resources/read", std::move(params))))["result"];
  };
  CHECK(read(json::object())["ttlMs"] == 5000);
  for (const json& retry : {json{{"requestState", "s"}}, json{{"inputResponses", {{"k", {{"action", "accept"}}}}}}}) {
    const json result = read(retry);
    CHECK(result["ttlMs"] == 0);
    CHECK(result["cacheScope"] == "private");
  }
}

TEST_CASE("how long a list may be kept say those that have one", "[bridge][lists][CCH-01][CCH-02]") {
  Bridge bridge;
  ModernBackend other(bridge.rig.http, "n");
  bridge.stand_beside(other);
  bridge.backend.set_caching(R"("ttlMs":5000,"cacheScope":"public")");
  const auto list = [&] { return answer_of(bridge.rig.send(modern_request(1, "tools/list")))["result"]; };

  SECTION("of which one without the capability is none") {
    other.set_capabilities(R"({"prompts":{}})");
    const json result = list();
    CHECK(result["tools"].size() == 1);
    CHECK(result["ttlMs"] == 5000);
    CHECK(result["cacheScope"] == "public");
  }
  SECTION("and one that fails may have had private ones on another page") {
    other.on("tools/list", [](const auto& exchange) { refuse(exchange, 500, -32603); });
    const json result = list();
    CHECK(result["tools"].size() == 1);
    CHECK(result["ttlMs"] == 0);
    CHECK(result["cacheScope"] == "private");
  }
}

TEST_CASE("all pages of a list say alike who may keep them", "[bridge][lists][CCH-02]") {
  RouterOptions options;
  options.limits.max_page = 1;
  Bridge bridge(options);
  ModernBackend other(bridge.rig.http, "n");
  bridge.stand_beside(other, options);
  const std::string of_all = R"("ttlMs":0,"cacheScope":"public")";
  bridge.backend.set_caching(of_all);
  const std::string schema = R"("inputSchema":{"type":"object"})";
  bridge.backend.set_tools({R"({"name":"one",)" + schema + "}", R"({"name":"two",)" + schema + "}"});
  other.set_caching(of_all);
  const auto page = [&](const json& params) {
    return answer_of(bridge.rig.send(modern_request(1, "tools/list", params)))["result"];
  };
  const auto fail = [&] { other.on("tools/list", [](const auto& exchange) { refuse(exchange, 500, -32603); }); };

  SECTION("though a backend that had its part in them fails") {
    const json first = page(json::object());
    CHECK(first["cacheScope"] == "public");
    fail();
    const json second = page({{"cursor", first["nextCursor"]}});
    CHECK(second["cacheScope"] == "public");
    CHECK(second["ttlMs"] == 0);
  }
  SECTION("though one that was missing is back") {
    fail();
    const json first = page(json::object());
    CHECK(first["cacheScope"] == "private");
    other.behave("tools/list");
    CHECK(page({{"cursor", first["nextCursor"]}})["cacheScope"] == "private");
  }
  SECTION("but what became private is not public any more") {
    const json first = page(json::object());
    other.set_caching(R"("ttlMs":0,"cacheScope":"private")");
    CHECK(page({{"cursor", first["nextCursor"]}})["cacheScope"] == "private");
  }
}
