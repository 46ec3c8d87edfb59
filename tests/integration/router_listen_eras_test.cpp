#include <algorithm>
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
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using Exchange = std::shared_ptr<MemoryExchange>;

const std::string kChanges = R"({"tools":{"listChanged":true}})";

/// A backend that is of one era and then of the other, under the same name, and keeps the streams of who listens; and a
/// modern client that listens.
struct Changing {
  explicit Changing(Era first) {
    legacy.set_capabilities(kChanges);
    legacy.on("GET", [this](const auto& exchange) {
      if (legacy.knows(exchange->request)) {
        streams.push_back(exchange);
        exchange->head(200, kSse);
      } else {
        legacy.serve_as_usual(exchange);
      }
    });
    modern.set_capabilities(kChanges);
    modern.on("subscriptions/listen", [this](const auto& exchange) {
      if (exchange->request.headers.get("MCP-Protocol-Version") != "2026-07-28") {
        modern.serve_as_usual(exchange);
        return;
      }
      listens.push_back(exchange);
      exchange->head(200, kSse);
      const json wanted = json::parse(exchange->request.body)["params"]["notifications"];
      say("notifications/subscriptions/acknowledged", {{"notifications", wanted}});
    });
    become(first);
    Backend one;
    one.name = "a";
    one.url = legacy.url();
    rig.router->reload({}, {one});
    client = rig.start(modern_request("l", "subscriptions/listen", {{"notifications", {{"toolsListChanged", true}}}}));
    rig.executor.advance(2s);
  }
  /// The servers go before the router.
  ~Changing() { rig.http.refuse(legacy.url()); }
  Changing(const Changing&) = delete;
  Changing& operator=(const Changing&) = delete;

  void become(Era era) {
    era == Era::modern ? modern.come_up() : legacy.come_up();
    legacy.forget_sessions();
  }
  /// What the modern backend says to who listened last.
  void say(const std::string& method, json params = json::object()) {
    params["_meta"]["io.modelcontextprotocol/subscriptionId"] = json::parse(listens.back()->request.body)["id"];
    listens.back()->body("data: " + json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump() + "\n\n");
  }
  /// How often the client was told that the tools have changed.
  [[nodiscard]] std::size_t changes() const {
    const auto events = events_of(client->response());
    return static_cast<std::size_t>(std::count_if(events.begin(), events.end(), [](const std::string& event) {
      return json::parse(event).value("method", "") == "notifications/tools/list_changed";
    }));
  }

  Rig rig{{}};
  ScriptedBackend legacy{rig.http, "a"};
  ModernBackend modern{rig.http, "a"};
  std::vector<Exchange> streams;
  std::vector<Exchange> listens;
  std::shared_ptr<RecordingWriter> client;
};

}  // namespace

TEST_CASE("a listen goes on when its server with sessions becomes modern", "[listen][era]") {
  Changing test(Era::legacy);
  REQUIRE(test.streams.size() == 1);
  CHECK(test.changes() == 0);
  test.become(Era::modern);
  test.streams[0]->end();
  test.rig.executor.advance(1min);
  REQUIRE(test.listens.size() == 1);
  const std::size_t told = test.changes();
  CHECK(told > 0);  // it may have missed some
  test.say("notifications/tools/list_changed");
  test.rig.executor.advance(1s);
  CHECK(test.changes() == told + 1);
  CHECK_FALSE(test.client->ended());
}

TEST_CASE("a listen goes on when its modern server has sessions again", "[listen][era]") {
  Changing test(Era::modern);
  REQUIRE(test.listens.size() == 1);
  CHECK(test.changes() == 0);
  test.become(Era::legacy);
  test.listens[0]->end();
  test.rig.executor.advance(1min);
  REQUIRE(test.streams.size() == 1);
  const std::size_t told = test.changes();
  CHECK(told > 0);  // it may have missed some
  test.streams[0]->body("data: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/tools/list_changed\"}\n\n");
  test.rig.executor.advance(1s);
  CHECK(test.changes() == told + 1);
  CHECK_FALSE(test.client->ended());
}
