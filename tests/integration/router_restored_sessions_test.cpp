#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/hooked_store.hpp"
#include "support/lists.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"
#include "support/trusting_authenticator.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using nlohmann::json;

namespace {

/// A backend with sessions, in front of which the test can hold back what it is asked.
struct Restored {
  Restored()
      : rig({"a"}, {}, {}, &authenticator, R"({"tools":{},"logging":{},"resources":{"subscribe":true}})"),
        store(rig.store),
        upstreams(rig.http, rig.executor, store),
        router({rig.http, rig.executor, store, upstreams, &authenticator}, {}, rig.configured()) {
    for (const char* const method : {"logging/setLevel", "resources/subscribe", "resources/unsubscribe"}) {
      answer_with(backend, method, "{}");
    }
  }

  std::shared_ptr<RecordingWriter> start(Request request) {
    auto writer = std::make_shared<RecordingWriter>();
    request.headers.add("X-User", "ann");
    router.handle(std::move(request), writer);
    rig.executor.run();
    return writer;
  }
  std::shared_ptr<RecordingWriter> start(const std::string& body) { return start(post_request(session, body)); }
  void open() { session = start(post_request({}, initialize_body()))->response().headers.get("Mcp-Session-Id"); }
  std::shared_ptr<RecordingWriter> set_level(const std::string& level) {
    return start(request_body("logging/setLevel", json{{"level", level}}.dump()));
  }
  std::shared_ptr<RecordingWriter> change(const std::string& method) {
    return start(request_body(method, R"({"uri":"x://1"})"));
  }
  /// A call of a modern client, in a session that its principal's calls share.
  std::shared_ptr<RecordingWriter> modern_call(const std::string& level) {
    json params = {{"name", "echo"}};
    params["_meta"]["io.modelcontextprotocol/logLevel"] = level;
    return start(modern_request(++last_id, "tools/call", params, everything()));
  }
  void hold(const std::string& method) {
    held.clear();
    backend.on(method, [this](const auto& exchange) { held.push_back(exchange); });
  }
  void release(std::size_t index) {
    answer(held.at(index), "{}");
    rig.executor.run();
  }
  /// The levels that the backend was told, in order.
  [[nodiscard]] std::vector<std::string> levels() const {
    std::vector<std::string> levels;
    for (const Seen& seen : backend.seen("logging/setLevel")) {
      levels.push_back(json::parse(seen.body)["params"]["level"]);
    }
    return levels;
  }

  TrustingAuthenticator authenticator;
  Rig rig;
  ScriptedBackend& backend = rig.backend();
  HookedStore store;
  BackendSessionManager upstreams;
  Router router;
  std::string session;
  std::vector<std::shared_ptr<MemoryExchange>> held;
  int last_id = 0;
};

using Levels = std::vector<std::string>;

}  // namespace

TEST_CASE("no call gets to a session that was made anew before that has the level of the client",
          "[upstream][log][SES-07]") {
  Restored test;
  test.open();
  test.start(call_body("1", "echo"));
  test.set_level("debug");
  test.backend.forget_sessions();
  test.hold("logging/setLevel");
  const auto finder = test.start(call_body("2", "echo"));
  REQUIRE(test.held.size() == 1);
  const auto other = test.start(call_body("3", "echo"));
  CHECK(test.backend.count("tools/call") == 2);  // the one that was refused is the last
  CHECK_FALSE(other->ended());
  test.release(0);
  CHECK(finder->ended());
  CHECK(other->ended());
  CHECK(test.backend.count("tools/call") == 4);
  CHECK(test.backend.count("initialize") == 2);
}

TEST_CASE("a level that is set while an older one is restored is the last that is told, and before any call",
          "[upstream][log]") {
  Restored test;
  test.open();
  test.set_level("error");
  test.backend.forget_sessions();
  test.hold("logging/setLevel");
  test.start(call_body("1", "echo"));
  REQUIRE(test.held.size() == 1);
  CHECK(test.set_level("debug")->ended());
  test.release(0);
  CHECK(test.levels() == Levels{"error", "error", "debug"});
  test.start(call_body("2", "echo"));
  CHECK(test.backend.count("tools/call") == 1);  // the one that was refused
  test.release(1);
  CHECK(test.levels() == Levels{"error", "error", "debug"});
  CHECK(test.backend.count("tools/call") == 3);
}

TEST_CASE("a level that is set right before the upstream session is there is told", "[upstream][log][race]") {
  Restored test;
  test.open();
  test.backend.forget_sessions();
  test.store.before_put = [&] { CHECK(test.set_level("debug")->ended()); };
  test.start(call_body("1", "echo"));
  CHECK(test.levels() == Levels{"debug"});
}

TEST_CASE("a subscription that ends or begins while it is restored is as the client wants it",
          "[upstream][subscription]") {
  Restored test;
  test.open();
  if (GENERATE(true, false)) {
    test.change("resources/subscribe");
    test.hold("resources/unsubscribe");
    const auto ended = test.change("resources/unsubscribe");
    const auto last = test.held.at(0);
    test.backend.forget_sessions();
    test.hold("resources/subscribe");
    test.start(call_body("1", "echo"));
    REQUIRE(test.held.size() == 1);  // for the store does not know yet
    answer(last, "{}");
    CHECK(ended->ended());
    answer_with(test.backend, "resources/unsubscribe", "{}");
    test.release(0);
    CHECK(test.backend.count("resources/subscribe") == 2);
    CHECK(test.backend.count("resources/unsubscribe") == 2);
  } else {
    test.set_level("error");
    test.hold("resources/subscribe");
    const auto begun = test.change("resources/subscribe");
    const auto last = test.held.at(0);
    test.backend.forget_sessions();
    test.hold("logging/setLevel");
    test.start(call_body("1", "echo"));
    REQUIRE(test.held.size() == 1);
    answer(last, "{}");
    CHECK(begun->ended());
    answer_with(test.backend, "resources/subscribe", "{}");
    test.release(0);
    CHECK(test.backend.count("resources/subscribe") == 2);
  }
  CHECK(test.backend.count("tools/call") == 2);
}

TEST_CASE("requests at the same time in a shared session leave the level that lets most through",
          "[modern][affinity][log][race]") {
  Restored test;
  test.start(modern_request(0, "tools/list", json::object(), everything()));
  test.modern_call("emergency");
  REQUIRE(test.levels() == Levels{"emergency"});

  SECTION("whoever is the last to set it") {
    std::shared_ptr<RecordingWriter> debug;
    test.store.before_set_log_level = [&] { debug = test.modern_call("debug"); };
    CHECK(test.modern_call("error")->ended());
    REQUIRE(debug);
    CHECK(debug->ended());
    CHECK(test.levels() == Levels{"emergency", "error", "debug"});
  }
  SECTION("whoever is told of first, and none gets there before") {
    test.hold("logging/setLevel");
    const auto error = test.modern_call("error");
    const auto debug = test.modern_call("debug");
    const auto info = test.modern_call("info");
    CHECK(test.levels() == Levels{"emergency", "error"});
    test.release(0);
    CHECK(error->ended());
    CHECK_FALSE(debug->ended());
    CHECK_FALSE(info->ended());
    test.release(1);
    CHECK(debug->ended());
    CHECK(info->ended());
    CHECK(test.levels() == Levels{"emergency", "error", "debug"});
  }
  CHECK(test.modern_call("warning")->ended());
  CHECK(test.levels().back() == "debug");
}

TEST_CASE("a level that is raised while the session is made at the backend is told there",
          "[modern][affinity][log][race]") {
  Restored test;
  test.start(modern_request(0, "tools/list", json::object(), everything()));
  test.hold("logging/setLevel");
  const auto error = test.modern_call("error");
  REQUIRE(test.levels() == Levels{"error"});
  const auto debug = test.modern_call("debug");
  test.release(0);
  REQUIRE(test.levels() == Levels{"error", "debug"});
  CHECK(test.backend.count("tools/call") == 0);
  test.release(1);
  CHECK(error->ended());
  CHECK(debug->ended());
  CHECK(test.levels() == Levels{"error", "debug"});
}
