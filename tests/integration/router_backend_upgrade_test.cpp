#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/modern_backend.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using nlohmann::json;

namespace {

/// A backend with sessions that becomes one of 2026-07-28, whose calls the test then answers.
struct Upgrade {
  Upgrade() : session(open()) { rig.post(session, call_body("1", "echo")); }
  /// The servers go before the router.
  ~Upgrade() {
    for (const char* const url : {"http://a.test/mcp", "http://b.test/mcp"}) {
      rig.http.refuse(url);
    }
  }
  Upgrade(const Upgrade&) = delete;
  Upgrade& operator=(const Upgrade&) = delete;

  std::string open() {
    json initialize = json::parse(initialize_body());
    initialize["params"]["capabilities"] = {{"roots", json::object()}};
    return std::string(rig.send(post_request({}, initialize.dump())).headers.get("Mcp-Session-Id"));
  }
  /// The server that serves this name is of the other era from now on.
  void upgrade(const std::string& name) {
    backend = std::make_unique<ModernBackend>(rig.http, name);
    backend->on("tools/call", [this](const auto& exchange) {
      if (exchange->request.headers.get("MCP-Protocol-Version") == "2026-07-28") {
        calls.push_back(exchange);
      } else {
        backend->serve_as_usual(exchange);  // which refuses it
      }
    });
  }
  std::shared_ptr<RecordingWriter> call(Request request) {
    auto writer = rig.start(std::move(request));
    rig.executor.run();
    return writer;
  }
  std::shared_ptr<RecordingWriter> call(const std::string& id) {
    return call(post_request(session, call_body(id, "echo")));
  }
  void answer(const std::string& member, const std::string& value) {
    const std::string id = id_of(calls.back()->request.body);
    const std::string text = fmt::format(R"({{"jsonrpc":"2.0","id":{},"{}":{}}})", id, member, value);
    calls.back()->respond(200, {{"Content-Type", "application/json"}}, text);
    rig.executor.run();
  }
  /// The call is served as a session's call at a modern backend is.
  void check_is_bridged(const std::string& id) {
    const auto asked = call(id);
    answer("result", R"({"resultType":"input_required","inputRequests":{"r":{"method":"roots/list"}}})");
    const json request = json::parse(events_of(asked->response()).at(0));
    CHECK(request["method"] == "roots/list");
    rig.post(session, json{{"jsonrpc", "2.0"}, {"id", request["id"]}, {"result", {{"roots", json::array()}}}}.dump());
    answer("result", R"({"resultType":"complete","content":[]})");
    CHECK(answer_of(asked->response())["result"] == json::parse(R"({"content":[]})"));
  }

  Rig rig{{"a"}};
  std::unique_ptr<ModernBackend> backend;
  std::vector<std::shared_ptr<MemoryExchange>> calls;
  std::string session;
};

/// A modern backend whose tool wants an argument in a header and whose lists are kept, and then, under the same name,
/// one with sessions whose tool wants none.
struct Downgrade {
  Downgrade() {
    modern.set_capabilities(R"({"tools":{},"prompts":{}})");
    modern.set_tools({R"({"name":"echo","inputSchema":{"type":"object","properties":)"
                      R"({"region":{"type":"string","x-mcp-header":"Region"}}}})"});
    modern.set_caching(R"("ttlMs":600000,"cacheScope":"public")");
    modern.on("prompts/list", [](const auto& exchange) {
      exchange->json(
          fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete","prompts":[{{"name":"old"}}],)"
                      R"("ttlMs":600000,"cacheScope":"public"}}}})",
                      id_of(exchange->request.body)));
    });
    Backend one;
    one.name = modern.name();
    one.url = modern.url();
    rig.router->reload({}, {one});
  }
  /// The servers go before the router.
  ~Downgrade() { rig.http.refuse(modern.url()); }
  Downgrade(const Downgrade&) = delete;
  Downgrade& operator=(const Downgrade&) = delete;

  void downgrade() {
    modern.go_down();
    legacy = std::make_unique<ScriptedBackend>(rig.http, "a");
  }
  json list(const std::string& method) { return answer_of(rig.send(modern_request(1, method)))["result"]; }
  bool wants_region() {
    return list("tools/list")["tools"][0]["inputSchema"].value("properties", json()).contains("region");
  }
  json call(bool with_header) {
    Request request = modern_request(2, "tools/call", {{"name", "echo"}, {"arguments", {{"region", "x"}}}});
    if (with_header) {
      request.headers.add("Mcp-Param-Region", "x");
    }
    return answer_of(rig.send(std::move(request)));
  }

  Rig rig{{}};
  ModernBackend modern{rig.http, "a"};
  std::unique_ptr<ScriptedBackend> legacy;
};

}  // namespace

TEST_CASE("what a modern server's lists said is forgotten when it has sessions again",
          "[modern][era][PAR-04][CCH-06]") {
  Downgrade test;
  REQUIRE(test.wants_region());
  REQUIRE(test.list("prompts/list")["prompts"].size() == 1);
  REQUIRE(test.call(false)["error"]["code"] == -32020);
  test.downgrade();
  CHECK(test.call(true)["error"]["data"]["reason"] == "backend_unavailable");
  CHECK(test.list("prompts/list")["prompts"].empty());
  CHECK_FALSE(test.wants_region());
  CHECK(test.call(false)["result"]["content"][0]["text"] == "a");

  test.legacy->go_down();
  test.modern.come_up();
  test.modern.set_tools({R"({"name":"echo","inputSchema":{"type":"object"}})"});
  CHECK(test.call(false)["error"]["data"]["reason"] == "backend_unavailable");
  CHECK(test.call(false)["result"]["content"][0]["text"] == "a");
  CHECK(test.modern.count("tools/list") == 2);
}

TEST_CASE("a list that a modern server sent before it had sessions again binds no call after",
          "[modern][era][PAR-04]") {
  Downgrade test;
  std::shared_ptr<MemoryExchange> late;
  test.modern.on("tools/list", [&](const auto& exchange) { late = exchange; });
  test.rig.start(modern_request(1, "tools/list"));
  test.rig.executor.run();
  REQUIRE(late);
  test.downgrade();
  test.list("prompts/list");  // which finds it out
  test.modern.serve_as_usual(late);
  test.rig.executor.run();
  CHECK_FALSE(test.wants_region());
  CHECK(test.call(false)["result"]["content"][0]["text"] == "a");
}

TEST_CASE("a session goes on at the modern server that a reload puts in the place of one with sessions",
          "[bridge][reload]") {
  Upgrade test;
  test.upgrade("b");
  std::vector<Backend> moved = test.rig.configured();
  moved[0].url = test.backend->url();
  test.rig.router->reload({}, moved);
  test.check_is_bridged("2");
  const auto failed = test.call("3");
  test.answer("error", R"({"code":-32021,"message":"m","data":{"requiredCapabilities":{"sampling":{}}}})");
  CHECK(answer_of(failed->response())["error"]["code"] == -32602);
  CHECK(test.rig.backend().count("tools/call") == 1);
}

TEST_CASE("a session's call never gets there when its server has become modern; the next one does", "[bridge][era]") {
  Upgrade test;
  test.upgrade("a");
  const auto failed = test.call("2");
  CHECK(answer_of(failed->response())["error"]["data"]["reason"] == "backend_unavailable");
  CHECK(test.calls.empty());
  test.check_is_bridged("3");
}

TEST_CASE("a modern client's call never gets there when its server has become modern; the next one does",
          "[modern][era]") {
  Upgrade test;
  test.call(modern_request(1, "tools/call", {{"name", "echo"}}));
  test.upgrade("a");
  const auto failed = test.call(modern_request(2, "tools/call", {{"name", "echo"}}, everything()));
  CHECK(answer_of(failed->response())["error"]["data"]["reason"] == "backend_unavailable");
  CHECK(test.calls.empty());
  const auto asked = test.call(modern_request(3, "tools/call", {{"name", "echo"}}, everything()));
  test.answer("result", R"({"resultType":"input_required","requestState":"s"})");
  CHECK(answer_of(asked->response())["result"]["requestState"] == "s");
}

TEST_CASE("a session's call never gets there when its modern server has sessions again; the next one does",
          "[bridge][era]") {
  Upgrade test;
  test.upgrade("a");
  test.call("2");
  test.check_is_bridged("3");
  test.backend->go_down();
  ScriptedBackend before(test.rig.http, "a");
  const auto failed = test.call("4");
  CHECK(answer_of(failed->response())["error"]["data"]["reason"] == "backend_unavailable");
  CHECK(before.count("tools/call") == 1);  // the modern one, which it refused
  const auto again = test.call("5");
  CHECK(answer_of(again->response())["result"]["content"][0]["text"] == "a");
}
