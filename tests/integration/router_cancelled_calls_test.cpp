#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/rig.hpp"

// A client may take a call back at any time, also before a backend has got it (CAN-03).

using namespace mcprouter;
using namespace mcprouter::test;
using nlohmann::json;

namespace {

const std::string kCancel = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})";

/// Two backends, of which the second keeps one kind of request back.
class HeldRig : public Rig {
 public:
  explicit HeldRig(const std::string& method) : Rig({"a", "b"}) {
    for (const auto& one : backends) {
      declare_everything(*one);
    }
    session = open_known_session(*this);
    backend(1).on(method, [this](const auto& exchange) { held.push_back(exchange); });
  }
  void call(std::string body) { writer = start(post_request(session, std::move(body))); }
  void cancel() { CHECK(post(session, kCancel).status == 202); }
  /// Nothing was answered, and only that once.
  void check_unanswered() const {
    CHECK(writer->ends() == 1);
    CHECK_FALSE(writer->aborted());
    CHECK(writer->response().body.find("jsonrpc") == std::string::npos);
  }

  std::string session;
  std::vector<std::shared_ptr<MemoryExchange>> held;
  std::shared_ptr<RecordingWriter> writer;
};

std::string request_id(const MemoryExchange& exchange) { return json::parse(exchange.request.body)["id"].dump(); }

}  // namespace

TEST_CASE("a call that is cancelled while its backend is greeted is not sent", "[cancel][CAN-03]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> greeting;
  rig.backend().on("initialize", [&](const auto& exchange) { greeting = exchange; });
  const std::string session = rig.open_session();
  const auto writer = rig.start(post_request(session, call_body("7", "echo")));
  REQUIRE(greeting);
  CHECK(rig.post(session, kCancel).status == 202);
  rig.backend().serve_as_usual(greeting);
  CHECK(rig.backend().count("notifications/initialized") == 1);
  CHECK(rig.backend().count("tools/call") == 0);
  CHECK(rig.backend().count("notifications/cancelled") == 0);
  CHECK(writer->ends() == 1);
  CHECK(writer->response().body.find("jsonrpc") == std::string::npos);
  CHECK(rig.observer.count("request_done tools/call a cancelled") == 1);
  CHECK(rig.observer.count("backend_failed") == 0);
}

TEST_CASE("a call that is cancelled while its tool is looked for ends, and so does the looking", "[cancel][CAN-03]") {
  HeldRig rig("tools/list");
  rig.call(call_body("7", "b__unheard"));
  REQUIRE(rig.held.size() == 1);
  rig.cancel();
  rig.check_unanswered();
  CHECK(rig.held[0]->cancelled());
  REQUIRE(rig.backend(1).count("notifications/cancelled") == 1);
  const json told = json::parse(rig.backend(1).seen("notifications/cancelled")[0].body);
  CHECK(told["params"]["requestId"].dump() == request_id(*rig.held[0]));
  CHECK(rig.backend(0).count("tools/call") + rig.backend(1).count("tools/call") == 0);
}

TEST_CASE("a read that is cancelled while backends are asked for the resource ends, and asks no more",
          "[cancel][CAN-03][RSC-02]") {
  HeldRig rig("resources/read");
  answer_with(rig.backend(0), "resources/read", R"({"contents":[]})");
  rig.backend(0).on("resources/read", [&](const auto& exchange) { rig.held.push_back(exchange); });
  rig.call(R"({"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"x:1"}})");
  REQUIRE(rig.held.size() == 1);
  rig.cancel();
  rig.check_unanswered();
  CHECK(rig.backend(1).count("resources/read") == 0);
  REQUIRE(rig.backend(0).count("notifications/cancelled") == 1);
  const json told = json::parse(rig.backend(0).seen("notifications/cancelled")[0].body);
  CHECK(told["params"]["requestId"].dump() == request_id(*rig.held[0]));
}

TEST_CASE("a backend that is slow to be asked for a resource is told that nobody waits", "[cancel][CAN-02][RSC-02]") {
  HeldRig rig("resources/read");
  rig.backend(0).on("resources/read", [&](const auto& exchange) { rig.held.push_back(exchange); });
  rig.call(R"({"jsonrpc":"2.0","id":7,"method":"resources/read","params":{"uri":"x:1"}})");
  REQUIRE(rig.held.size() == 1);
  rig.held[0]->fail(HttpFailure::timeout);
  REQUIRE(rig.held.size() == 2);  // the next one is asked
  CHECK(rig.backend(0).count("notifications/cancelled") == 1);
}

TEST_CASE("a subscription or completion that is cancelled while its owner is looked for ends", "[cancel][CAN-03]") {
  const std::string body = GENERATE(
      as<std::string>{}, R"({"jsonrpc":"2.0","id":7,"method":"resources/subscribe","params":{"uri":"x:1"}})",
      R"({"jsonrpc":"2.0","id":7,"method":"completion/complete","params":{"ref":{"type":"ref/resource","uri":"x:1"}}})");
  HeldRig rig("resources/list");
  rig.call(body);
  REQUIRE(rig.held.size() == 1);
  const std::size_t asked = rig.backend(1).count("resources/templates/list");
  rig.cancel();
  rig.check_unanswered();
  CHECK(rig.backend(1).count("resources/templates/list") == asked);
  CHECK(rig.backend(1).count("notifications/cancelled") == 1);
}

TEST_CASE("what a backend asks while it answers a request of ours is answered", "[list][INIT-09]") {
  Rig rig({"a"});
  std::shared_ptr<MemoryExchange> list;
  rig.backend().on("tools/list", [&](const auto& exchange) {
    list = exchange;
    exchange->head(200, kSse);
  });
  const auto writer = rig.start(post_request(rig.open_session(), request_body("tools/list")));
  REQUIRE(list);
  list->body("data: {\"jsonrpc\":\"2.0\",\"id\":\"p\",\"method\":\"ping\"}\n\n");
  list->body("data: {\"jsonrpc\":\"2.0\",\"id\":\"r\",\"method\":\"roots/list\"}\n\n");
  REQUIRE(rig.backend().seen("").size() == 2);
  CHECK(json::parse(rig.backend().seen("")[0].body) == json::parse(R"({"jsonrpc":"2.0","id":"p","result":{}})"));
  const json refused = json::parse(rig.backend().seen("")[1].body);
  CHECK(refused["id"] == "r");
  CHECK(refused["error"]["code"] == -32601);
  list->body(fmt::format("data: {{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"tools\":[]}}}}\n\n", request_id(*list)));
  CHECK(writer->ended());
}

TEST_CASE("a request of a batch can be cancelled before its turn comes", "[cancel][batch][CAN-03]") {
  Rig rig({"a"});
  const std::string session = rig.open_session("2025-03-26");
  std::vector<std::shared_ptr<MemoryExchange>> held;
  rig.backend().on("tools/call", [&held](const auto& exchange) { held.push_back(exchange); });
  const auto writer =
      rig.start(post_request(session, "[" + call_body("6", "echo") + "," + call_body("7", "echo") + "]"));
  REQUIRE(held.size() == 1);

  SECTION("by the client") {
    CHECK(rig.post(session, kCancel).status == 202);
    rig.backend().serve_as_usual(held[0]);
    const auto answers = events_of(writer->response());
    REQUIRE(answers.size() == 1);
    CHECK(json::parse(answers[0])["id"] == 6);
  }
  SECTION("by the end of its session") {
    CHECK(rig.send(delete_request(session)).status == 202);
    const auto answers = events_of(writer->response());
    REQUIRE(answers.size() == 2);
    CHECK(json::parse(answers[1])["error"]["data"]["reason"] == "session_not_found");
  }
  CHECK(held.size() == 1);
  CHECK(writer->ended());
}

TEST_CASE("a request is not run that its own batch takes back", "[cancel][batch]") {
  Rig rig({"a"});
  const std::string session = rig.open_session("2025-03-26");
  const Response response = rig.post(session, "[" + call_body("7", "echo") + "," + kCancel + "]");
  CHECK(rig.backend().count("tools/call") == 0);
  CHECK(events_of(response).empty());
}
