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

}  // namespace

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
