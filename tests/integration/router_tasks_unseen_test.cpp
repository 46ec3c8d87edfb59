#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kTasks = R"({"tools":{},"tasks":{"cancel":{},"requests":{"tools":{"call":{}}}}})";
const json kRelated = {{"io.modelcontextprotocol/related-task", {{"taskId", "t1"}}}};

void answer(const ScriptedBackend::Exchange& exchange, const std::string& member, const json& value) {
  exchange->json(json{{"jsonrpc", "2.0"}, {"id", json::parse(id_of(exchange->request.body))}, {member, value}}.dump());
}

/// A backend of 2025-11-25 with a tool that has to be called as a task; the test says when the task has a result.
struct Workshop {
  explicit Workshop(RouterOptions options = {}, const std::string& support = "required",
                    const std::string& capabilities = kTasks)
      : rig({"a"}, std::move(options), {}, nullptr, capabilities) {
    rig.backend().on("tools/list", [support](const auto& exchange) {
      answer(
          exchange, "result",
          {{"tools",
            {{{"name", "build"}, {"inputSchema", {{"type", "object"}}}, {"execution", {{"taskSupport", support}}}}}}});
    });
    rig.backend().on("tools/call", [](const auto& exchange) {
      if (json::parse(exchange->request.body)["params"].contains("task")) {
        answer(exchange, "result", {{"task", {{"taskId", "t1"}, {"status", "working"}, {"ttl", nullptr}}}});
      } else {
        answer(exchange, "error", {{"code", -32601}, {"message", "as a task"}});
      }
    });
    rig.backend().on("tasks/result", [this](const auto& exchange) {
      held = exchange;
      held->head(200, kSse);
    });
    rig.backend().on("tasks/cancel", [](const auto& exchange) {
      answer(exchange, "result", {{"taskId", "t1"}, {"status", "cancelled"}});
    });
    rig.backend().on("GET", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  }

  std::shared_ptr<RecordingWriter> call(json params = {{"name", "build"}}) {
    auto writer = rig.start(modern_request(++last_id, "tools/call", std::move(params), everything()));
    rig.executor.run();
    return writer;
  }
  void say(const json& message) {
    held->body("data: " + message.dump() + "\n\n");
    rig.executor.run();
  }
  void finish(const std::string& member = "result", json value = {{"content", json::array()}, {"_meta", kRelated}}) {
    say({{"jsonrpc", "2.0"}, {"id", json::parse(id_of(held->request.body))}, {member, std::move(value)}});
    held->end();
    rig.executor.run();
  }
  /// The last response that the backend got.
  [[nodiscard]] json answered() {
    std::string last;
    for (const Seen& seen : rig.backend().seen("")) {
      last = seen.http_method == "POST" ? seen.body : last;
    }
    return json::parse(last);
  }
  [[nodiscard]] json sent(const std::string& method) { return json::parse(rig.backend().seen(method).back().body); }

  Rig rig;
  std::shared_ptr<MemoryExchange> held;
  int last_id = 0;
};

}  // namespace

TEST_CASE("a tool that has to be called as a task is called as any other by a modern client without tasks",
          "[tasks][TSL-02]") {
  Workshop shop;
  const auto writer = shop.call({{"name", "build"}, {"arguments", {{"size", 3}}}});
  REQUIRE(shop.rig.backend().count("tools/call") == 1);
  CHECK(shop.sent("tools/call")["params"]["task"] == json::object());
  CHECK(shop.sent("tools/call")["params"]["arguments"]["size"] == 3);
  CHECK(shop.sent("tasks/result")["params"] == json{{"taskId", "t1"}});
  CHECK_FALSE(writer->ended());
  shop.finish();
  REQUIRE(writer->ended());
  json result = answer_of(writer->response())["result"];
  CHECK_FALSE(result["_meta"].contains("io.modelcontextprotocol/related-task"));
  result.erase("_meta");
  CHECK(result == json::parse(R"({"content":[],"resultType":"complete"})"));
  CHECK(shop.rig.backend().count("tasks/cancel") == 0);
  CHECK(shop.rig.store.size() == 1);  // in which the tools were listed
}

TEST_CASE("a backend is asked once which of its tools are tasks", "[tasks][TSL-01]") {
  Workshop shop({}, "optional");
  const auto plain = [&](const std::string& tool) {
    const auto writer = shop.call({{"name", tool}});
    CHECK_FALSE(shop.sent("tools/call")["params"].contains("task"));
    CHECK(answer_of(writer->response())["error"]["code"] == -32601);
  };
  plain("build");
  plain("another");
  CHECK(shop.rig.backend().count("tools/list") == 1);

  Workshop without({}, "required", R"({"tools":{},"tasks":{}})");
  without.call();
  CHECK_FALSE(without.sent("tools/call")["params"].contains("task"));
  CHECK(without.rig.backend().count("tools/list") == 0);
}

TEST_CASE("the error that a task ended with is the call's, and so is one that kept it from being made", "[tasks]") {
  Workshop shop;
  const auto failed = shop.call();
  shop.finish("error", {{"code", 7}, {"message", "own"}});
  CHECK(answer_of(failed->response())["error"]["code"] == 7);
  shop.rig.backend().on("tools/call", [](const auto& exchange) {
    answer(exchange, "error", {{"code", -32602}, {"message", "no such size"}});
  });
  const auto refused = shop.call();
  CHECK(answer_of(refused->response())["error"]["message"] == "no such size");
  shop.rig.backend().on("tools/call", [](const auto& exchange) {
    answer(exchange, "result", {{"content", json::array()}});
  });
  const auto at_once = shop.call();
  CHECK(answer_of(at_once->response())["result"]["content"] == json::array());
  CHECK(shop.rig.backend().count("tasks/result") == 1);
}

TEST_CASE("what a task asks suspends the call, and the answers name the task", "[tasks][mrtr][TSL-07]") {
  Workshop shop;
  const auto first = shop.call();
  shop.say({{"jsonrpc", "2.0"},
            {"id", 5},
            {"method", "elicitation/create"},
            {"params", {{"message", "?"}, {"_meta", kRelated}}}});
  shop.rig.executor.advance(10ms);
  REQUIRE(first->ended());
  const json asked = answer_of(first->response())["result"];
  CHECK(asked["inputRequests"]["q1"]["params"] == json{{"message", "?"}});
  const auto second = shop.call({{"name", "build"},
                                 {"requestState", asked["requestState"]},
                                 {"inputResponses", {{"q1", {{"action", "decline"}}}}}});
  const json answered = shop.answered();
  CHECK(answered["id"] == 5);
  CHECK(answered["result"] == json{{"action", "decline"}, {"_meta", kRelated}});
  shop.finish();
  CHECK(second->ended());
  CHECK(shop.rig.backend().count("tools/call") == 1);
}

TEST_CASE("progress of a task comes under the client's token and names no task", "[tasks][PRG-03]") {
  Workshop shop;
  const auto writer = shop.call({{"name", "build"}, {"_meta", {{"progressToken", "mine"}}}});
  const json token = shop.sent("tools/call")["params"]["_meta"]["progressToken"];
  shop.say({{"jsonrpc", "2.0"},
            {"method", "notifications/progress"},
            {"params", {{"progressToken", token}, {"progress", 1}, {"_meta", kRelated}}}});
  shop.finish();
  const std::vector<std::string> events = events_of(writer->response());
  REQUIRE(events.size() == 2);
  CHECK(json::parse(events[0])["params"] == json{{"progressToken", "mine"}, {"progress", 1}});
}

TEST_CASE("a client that goes away cancels the task, also one that is just being made", "[tasks][CAN-01][CAN-04]") {
  Workshop shop;
  const auto writer = shop.call();
  writer->tell(ResponseWriter::Event::closed);
  shop.rig.executor.run();
  CHECK(shop.held->cancelled());
  REQUIRE(shop.rig.backend().count("tasks/cancel") == 1);
  CHECK(shop.sent("tasks/cancel")["params"] == json{{"taskId", "t1"}});
  CHECK(shop.rig.backend().count("notifications/cancelled") == 0);
  CHECK(shop.rig.backend().live_sessions() == 1);  // in which the tools were listed

  std::shared_ptr<MemoryExchange> making;
  shop.rig.backend().on("tools/call", [&](const auto& exchange) { making = exchange; });
  const auto early = shop.call();
  early->tell(ResponseWriter::Event::closed);
  shop.rig.executor.run();
  CHECK(shop.rig.backend().count("tasks/cancel") == 1);
  answer(making, "result", {{"task", {{"taskId", "t2"}, {"status", "working"}}}});
  shop.rig.executor.run();
  REQUIRE(shop.rig.backend().count("tasks/cancel") == 2);
  CHECK(shop.sent("tasks/cancel")["params"] == json{{"taskId", "t2"}});
}

TEST_CASE("a client that does not come back with what a task asked cancels it", "[tasks][mrtr][MRTR-08]") {
  Workshop shop;
  shop.call();
  shop.say({{"jsonrpc", "2.0"}, {"id", 5}, {"method", "elicitation/create"}, {"params", {{"message", "?"}}}});
  shop.rig.executor.advance(10ms);
  shop.rig.executor.advance(5min);
  CHECK(shop.rig.backend().count("tasks/cancel") == 1);
  CHECK(shop.rig.backend().count("notifications/cancelled") == 0);
}

TEST_CASE("so is it by a client whose revision has no tasks, but not by one that could ask for a task itself",
          "[tasks][TSL-02]") {
  Workshop shop;
  const std::string newer = shop.rig.open_session("2025-11-25");
  CHECK(answer_of(shop.rig.post(newer, call_body("1", "build")))["error"]["code"] == -32601);

  const std::string older = shop.rig.open_session("2025-06-18");
  const auto writer = shop.rig.start(post_request(older, call_body("7", "build")));
  shop.rig.executor.run();
  CHECK(shop.sent("tools/call")["params"]["task"] == json::object());
  shop.say({{"jsonrpc", "2.0"},
            {"id", 5},
            {"method", "sampling/createMessage"},
            {"params", {{"maxTokens", 1}, {"_meta", kRelated}}}});
  const json asked = json::parse(events_of(writer->response()).at(0));
  CHECK(asked["method"] == "sampling/createMessage");
  CHECK_FALSE(asked["params"].contains("_meta"));
  shop.say({{"jsonrpc", "2.0"},
            {"method", "notifications/tasks/status"},
            {"params", {{"taskId", "t1"}, {"status", "working"}}}});
  CHECK(events_of(writer->response()).size() == 1);
  shop.rig.post(older, json{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", {{"model", "m"}}}}.dump());
  CHECK(shop.answered()["id"] == 5);
  CHECK(shop.answered()["result"] == json{{"model", "m"}, {"_meta", kRelated}});
  shop.finish();
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response()) == json::parse(R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})"));
  CHECK(shop.rig.backend().count("tasks/cancel") == 0);
}

TEST_CASE("what a backend asks while it makes a task is answered", "[tasks][INIT-09]") {
  Workshop shop;
  ScriptedBackend::Exchange making;
  shop.rig.backend().on("tools/call", [&making](const auto& exchange) {
    making = exchange;
    exchange->head(200, kSse);
  });
  const auto writer = shop.call();
  REQUIRE(making);
  making->body("data: " + json{{"jsonrpc", "2.0"}, {"id", 9}, {"method", "ping"}}.dump() + "\n\n");
  CHECK(shop.answered() == json{{"jsonrpc", "2.0"}, {"id", 9}, {"result", json::object()}});
}

TEST_CASE("an older client that cancels its call cancels the task", "[tasks][CAN-04]") {
  Workshop shop;
  const std::string session = shop.rig.open_session("2025-03-26");
  const auto writer = shop.rig.start(post_request(session, call_body("7", "build")));
  shop.rig.executor.run();
  shop.rig.post(session, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})");
  CHECK(writer->ended());
  REQUIRE(shop.rig.backend().count("tasks/cancel") == 1);
  CHECK(shop.sent("tasks/cancel")["params"] == json{{"taskId", "t1"}});
}

TEST_CASE("what a client answers for its own task names the task as the backend knows it", "[tasks][TSL-07]") {
  Workshop shop;
  const std::string session = shop.rig.open_session("2025-11-25");
  const std::string call = R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"build","task":{}}})";
  const std::string id = answer_of(shop.rig.post(session, call))["result"]["task"]["taskId"];
  const json wait = {{"jsonrpc", "2.0"}, {"id", 2}, {"method", "tasks/result"}, {"params", {{"taskId", id}}}};
  const auto writer = shop.rig.start(post_request(session, wait.dump()));
  shop.rig.executor.run();
  shop.say({{"jsonrpc", "2.0"},
            {"id", 5},
            {"method", "sampling/createMessage"},
            {"params", {{"maxTokens", 1}, {"_meta", kRelated}}}});
  const json asked = json::parse(events_of(writer->response()).at(0));
  const json exposed = {{"io.modelcontextprotocol/related-task", {{"taskId", id}}}};
  CHECK(asked["params"]["_meta"] == exposed);
  const json result = {{"model", "m"}, {"_meta", exposed}};
  shop.rig.post(session, json{{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", result}}.dump());
  CHECK(shop.answered()["result"]["_meta"] == kRelated);
}
