#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/listening_rig.hpp"
#include "support/lists.hpp"
#include "support/modern_client.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// Backends with sessions, of which the router begins with some, and a modern client that listens.
struct ReloadedListen : ListeningRig {
  explicit ReloadedListen(const std::vector<std::size_t>& begin_with, RouterOptions options = {})
      : ListeningRig({"a", "b", "c"}, std::move(options)) {
    for (auto& one : backends) {
      one->set_capabilities(R"({"tools":{"listChanged":true},"resources":{"subscribe":true}})");
      set_resources(*one, {"x://" + one->name()});
      one->on("resources/subscribe", [](const auto& exchange) {
        exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{}}}})", id_of(exchange->request.body)));
      });
    }
    reload(begin_with);
  }

  void reload(const std::vector<std::size_t>& indices) {
    std::vector<Backend> some;
    for (const std::size_t index : indices) {
      some.push_back(configured()[index]);
    }
    router->reload({}, some);
    executor.run();
  }
  std::shared_ptr<RecordingWriter> listen(json notifications = {{"toolsListChanged", true}}) {
    auto writer =
        start(modern_request("l", "subscriptions/listen", {{"notifications", std::move(notifications)}}, everything()));
    executor.run();
    return writer;
  }
  /// What the client was told after the acknowledgement, without what is the same in all of it.
  std::vector<json> told(const std::shared_ptr<RecordingWriter>& writer) {
    executor.advance(50ms);
    std::vector<json> all;
    for (const std::string& text : events_of(writer->response())) {
      json message = json::parse(text);
      message["params"].erase("_meta");
      message.erase("jsonrpc");
      all.push_back(std::move(message));
    }
    REQUIRE(!all.empty());
    CHECK(all.front()["method"] == "notifications/subscriptions/acknowledged");
    all.erase(all.begin());
    return all;
  }
};

const json kChanged{{"method", "notifications/tools/list_changed"}, {"params", json::object()}};

json updated(const std::string& uri) {
  return {{"method", "notifications/resources/updated"}, {"params", {{"uri", uri}}}};
}
std::string says_updated(const std::string& uri) {
  json message = updated(uri);
  message["jsonrpc"] = "2.0";
  return event(message.dump());
}

}  // namespace

TEST_CASE("a backend that a reload adds is heard by a listen that is open, and announced", "[reload][listen][SUB-09]") {
  ReloadedListen rig({0, 1});
  const auto writer = rig.listen();
  rig.reload({0, 1, 2});
  REQUIRE(rig.listening[2].size() == 1);
  CHECK(rig.told(writer) == std::vector<json>{kChanged});
  rig.listening[2][0]->body(event(kToolsChanged));
  CHECK(rig.told(writer) == std::vector<json>{kChanged, kChanged});
  CHECK(rig.listening[0].size() == 1);
  CHECK_FALSE(rig.listening[0][0]->cancelled());
}

TEST_CASE("a backend that a reload removes is not listened to any more, and its lists are announced",
          "[reload][listen]") {
  ReloadedListen rig({0, 1, 2});
  const auto writer = rig.listen();
  rig.reload({0, 1});
  CHECK(rig.listening[2].at(0)->cancelled());
  CHECK(rig.told(writer) == std::vector<json>{kChanged});
  CHECK(rig.backend(2).live_sessions() == 0);
  CHECK_FALSE(rig.listening[0][0]->cancelled());
  CHECK_FALSE(writer->ended());
}

TEST_CASE("a backend that a reload changes is listened to anew, with the resources that are listened for",
          "[reload][listen]") {
  ReloadedListen rig({0, 1});
  rig.send(modern_request("r", "resources/list"));
  const auto writer = rig.listen({{"toolsListChanged", true}, {"resourceSubscriptions", {"b+x://b"}}});
  REQUIRE(rig.backend(1).count("resources/subscribe") == 1);
  std::vector<Backend> moved = rig.configured();
  moved.pop_back();
  moved[1].url = rig.backend(2).url();
  rig.router->reload({}, moved);
  rig.executor.run();
  CHECK(rig.listening[1].at(0)->cancelled());
  REQUIRE(rig.listening[2].size() == 1);
  CHECK(rig.backend(2).count("resources/subscribe") == 1);
  CHECK(rig.told(writer) == std::vector<json>{kChanged});
  rig.listening[2][0]->body(says_updated("x://b"));
  CHECK(rig.told(writer).back() == updated("b+x://b"));
}

TEST_CASE("a listen hears of lists of which every name became another", "[reload][listen][names]") {
  ReloadedListen rig({0, 1});
  const auto writer = rig.listen();
  rig.reload({0});
  CHECK(rig.told(writer) == std::vector<json>{kChanged});
  REQUIRE(rig.listening[0].size() == 2);
  CHECK(rig.listening[0][0]->cancelled());
  CHECK(rig.listening[1][0]->cancelled());
}

TEST_CASE("a reload that changes nothing leaves a listen alone", "[reload][listen]") {
  ReloadedListen rig({0, 1});
  const auto writer = rig.listen();
  rig.reload({0, 1});
  CHECK(rig.told(writer).empty());
  CHECK(rig.listening[0].size() == 1);
  CHECK_FALSE(rig.listening[0][0]->cancelled());
}

TEST_CASE("a reload while a listen looks for the owners of its resources is not missed", "[reload][listen][race]") {
  ReloadedListen rig({0, 1});
  std::shared_ptr<MemoryExchange> held;
  rig.backend(1).on("resources/list", [&held](const auto& exchange) { held = exchange; });
  const auto writer = rig.listen({{"toolsListChanged", true}, {"resourceSubscriptions", {"x://unknown"}}});
  REQUIRE(held);
  rig.reload({0, 1, 2});
  rig.backend(1).behave("resources/list");
  rig.backend(1).serve_as_usual(held);
  rig.executor.advance(1s);
  CHECK(rig.listening[2].size() == 1);
}

TEST_CASE("the return of a known backend that is down is told to who began to listen meanwhile",
          "[listen][SUB-02][recovery]") {
  ReloadedListen rig({0});
  rig.send(modern_request("t", "tools/list"));
  rig.backend().go_down();
  const auto writer = rig.listen();
  rig.executor.advance(2s);
  CHECK(rig.told(writer).empty());
  CHECK_FALSE(writer->ended());
  rig.backend().come_up();
  rig.executor.advance(60s);
  CHECK(rig.told(writer) == std::vector<json>{kChanged});
}

TEST_CASE("what was not acknowledged is not told", "[listen][SUB-02]") {
  ReloadedListen rig({0});
  std::shared_ptr<MemoryExchange> held;
  rig.backend().on("resources/subscribe", [&held](const auto& exchange) { held = exchange; });
  const auto writer = rig.listen({{"toolsListChanged", true}, {"resourceSubscriptions", {"x://a"}}});
  REQUIRE(held);
  rig.executor.advance(1s);
  rig.listening[0].at(0)->body(says_updated("x://a"));
  CHECK(rig.told(writer).empty());
}

TEST_CASE("a backend without a stream of its own tells of nothing", "[listen][SUB-02][GET-02]") {
  ReloadedListen rig({0});
  rig.backend().on("GET", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  const auto writer = rig.listen();
  const json acknowledged = json::parse(events_of(writer->response()).at(0));
  CHECK(acknowledged["params"]["notifications"] == json::object());
  CHECK(writer->ended());
}
