#include <algorithm>
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

constexpr const char* kExtension = "io.modelcontextprotocol/tasks";
constexpr const char* kSubscription = "io.modelcontextprotocol/subscriptionId";
const json kWithTasks = {{"extensions", {{kExtension, json::object()}}}};

template <typename Exchange>
void answer(const Exchange& exchange, const json& result) {
  exchange->json(
      json{{"jsonrpc", "2.0"}, {"id", json::parse(id_of(exchange->request.body))}, {"result", result}}.dump());
}

/// A modern backend `m` with the extension and a legacy one `a`, each with a tool that makes the task "t1".
struct Workshop {
  Workshop()
      : rig({"a"}, {}, {}, nullptr, R"({"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}})"), a(rig.backend()) {
    a.on("tools/list", [](const auto& exchange) {
      answer(exchange, {{"tools",
                         {{{"name", "build"},
                           {"inputSchema", {{"type", "object"}}},
                           {"execution", {{"taskSupport", "required"}}}}}}});
    });
    a.on("tools/call", [this](const auto& exchange) { answer(exchange, {{"task", at_a}}); });
    a.on("tasks/get", [this](const auto& exchange) { answer(exchange, at_a); });
    a.on("tasks/result", [](const auto& exchange) { answer(exchange, {{"content", json::array()}}); });
    m.set_capabilities(R"({"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})");
    m.on("tools/call", [](const auto& exchange) {
      answer(exchange, {{"resultType", "task"}, {"taskId", "t1"}, {"status", "working"}});
    });
    m.on("subscriptions/listen", [this](const auto& exchange) {
      upstream = exchange;
      exchange->head(200, kSse);
      const json wanted = json::parse(exchange->request.body)["params"]["notifications"];
      say("notifications/subscriptions/acknowledged", {{"notifications", wanted}});
    });
    std::vector<Backend> all = rig.configured();
    all.emplace_back();
    all.back().name = "m";
    all.back().url = m.url();
    rig.router->reload({}, std::move(all));
    rig.send(modern_request(0, "tools/list"));
  }

  std::string create(const std::string& tool) {
    return answer_of(rig.send(modern_request(1, "tools/call", {{"name", tool}}, kWithTasks)))["result"]["taskId"];
  }
  std::shared_ptr<RecordingWriter> listen(const json& ids) {
    auto writer =
        rig.start(modern_request("l", "subscriptions/listen", {{"notifications", {{"taskIds", ids}}}}, kWithTasks));
    rig.executor.run();
    return writer;
  }
  /// `m` says something on the stream that it was asked for.
  void say(const std::string& method, json params) {
    params["_meta"][kSubscription] = json::parse(upstream->request.body)["id"];
    upstream->body("data: " + json{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}}.dump() + "\n\n");
    rig.executor.run();
  }

  Rig rig;
  ScriptedBackend& a;
  ModernBackend m{rig.http, "m"};
  json at_a = {{"taskId", "t1"}, {"status", "working"}, {"pollInterval", 500}};
  std::shared_ptr<MemoryExchange> upstream;
};

json message(const std::shared_ptr<RecordingWriter>& writer, std::size_t index) {
  return json::parse(events_of(writer->response()).at(index));
}
std::size_t count(const std::shared_ptr<RecordingWriter>& writer) { return events_of(writer->response()).size(); }

}  // namespace

TEST_CASE("who listens for a task of a modern backend is told what that tells, under the client's id",
          "[listen][tasks][SUB-03]") {
  Workshop shop;
  const std::string id = shop.create("m__echo");
  const auto writer = shop.listen({id, id});
  const json asked = json::parse(shop.upstream->request.body)["params"];
  CHECK(asked["notifications"] == json{{"taskIds", {"t1"}}});
  CHECK(asked["_meta"]["io.modelcontextprotocol/clientCapabilities"]["extensions"].contains(kExtension));
  CHECK(message(writer, 0)["params"]["notifications"] == json{{"taskIds", {id}}});

  shop.say("notifications/tasks",
           {{"taskId", "t1"}, {"status", "completed"}, {"result", {{"content", json::array()}}}});
  shop.say("notifications/tasks", {{"taskId", "t2"}, {"status", "working"}});
  shop.say("notifications/progress", {{"progressToken", 1}, {"progress", 1}});
  REQUIRE(count(writer) == 2);
  json told = message(writer, 1);
  CHECK(told["method"] == "notifications/tasks");
  CHECK(told["params"]["_meta"] == json{{kSubscription, "l"}});
  told["params"].erase("_meta");
  CHECK(told["params"] == json{{"taskId", id}, {"status", "completed"}, {"result", {{"content", json::array()}}}});
}

TEST_CASE("of a slow client's task only the last state waits", "[listen][tasks]") {
  Workshop shop;
  const std::string id = shop.create("m__echo");
  const auto writer = shop.listen({id});
  writer->be_slow();
  shop.say("notifications/tasks", {{"taskId", "t1"}, {"status", "working"}, {"statusMessage", "1"}});
  shop.say("notifications/tasks", {{"taskId", "t1"}, {"status", "working"}, {"statusMessage", "2"}});
  shop.say("notifications/tasks", {{"taskId", "t1"}, {"status", "working"}, {"statusMessage", "3"}});
  writer->tell(ResponseWriter::Event::writable);
  shop.rig.executor.run();
  REQUIRE(count(writer) == 3);
  CHECK(message(writer, 2)["params"]["statusMessage"] == "3");
  writer->tell(ResponseWriter::Event::closed);
}

TEST_CASE("who listens for a task of a legacy backend is told how it is whenever that changes", "[listen][tasks]") {
  Workshop shop;
  const std::string id = shop.create("a__build");
  const auto writer = shop.listen({id});
  CHECK(message(writer, 0)["params"]["notifications"] == json{{"taskIds", {id}}});
  REQUIRE(count(writer) == 2);
  CHECK(message(writer, 1)["params"]["taskId"] == id);
  CHECK(message(writer, 1)["params"]["status"] == "working");
  shop.rig.executor.advance(1s);
  CHECK(shop.a.count("tasks/get") == 3);
  CHECK(count(writer) == 2);
  shop.at_a["status"] = "completed";
  shop.rig.executor.advance(500ms);
  REQUIRE(count(writer) == 3);
  const json told = message(writer, 2);
  CHECK(told["params"]["status"] == "completed");
  CHECK(told["params"]["result"] == json{{"content", json::array()}});
  CHECK(told["params"]["_meta"] == json{{kSubscription, "l"}});
  CHECK_FALSE(told["params"].contains("resultType"));
  shop.rig.executor.advance(10s);
  CHECK(shop.a.count("tasks/get") == 4);
  CHECK_FALSE(writer->ended());
}

TEST_CASE("a legacy backend is asked for a task as long as its listener is there, and no longer", "[listen][tasks]") {
  Workshop shop;
  const auto writer = shop.listen({shop.create("a__build")});
  shop.a.go_down();
  shop.rig.executor.advance(5min);
  shop.a.come_up();
  shop.at_a["statusMessage"] = "again";
  shop.rig.executor.advance(10s);
  CHECK(message(writer, count(writer) - 1)["params"]["statusMessage"] == "again");
  writer->tell(ResponseWriter::Event::closed);
  shop.rig.executor.run();
  const std::size_t asked = shop.a.count("tasks/get");
  shop.rig.executor.advance(10s);
  CHECK(shop.a.count("tasks/get") == asked);
}

TEST_CASE("what a legacy backend's task asks is told as tasks/get has it", "[listen][tasks][TSK-06]") {
  Workshop shop;
  shop.a.on("tasks/result", [](const auto& exchange) {
    exchange->head(200, kSse);
    exchange->body("data: " +
                   json::parse(R"({"jsonrpc":"2.0","id":5,"method":"elicitation/create",
                                             "params":{"message":"?"}})")
                       .dump() +
                   "\n\n");
  });
  json capabilities = kWithTasks;
  capabilities["elicitation"] = json::object();
  const json created = answer_of(shop.rig.send(modern_request(1, "tools/call", {{"name", "a__build"}}, capabilities)));
  const std::string id = created["result"]["taskId"];
  shop.at_a["status"] = "input_required";
  const auto writer = shop.rig.start(
      modern_request("l", "subscriptions/listen", {{"notifications", {{"taskIds", {id}}}}}, capabilities));
  shop.rig.executor.run();
  const json told = message(writer, 1)["params"];
  CHECK(told["status"] == "input_required");
  CHECK(told["inputRequests"].size() == 1);
  const json got = answer_of(shop.rig.send(modern_request(2, "tasks/get", {{"taskId", id}}, capabilities)));
  CHECK(got["result"]["inputRequests"] == told["inputRequests"]);
}

TEST_CASE("nobody listens for a task that is not his, or not there", "[listen][tasks][TSK-12][SUB-02]") {
  Workshop shop;
  const std::string id = shop.create("a__build");
  shop.a.on("tasks/get", [](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) +
                   R"(,"error":{"code":-32602,"message":"unknown"}})");
  });
  const auto writer = shop.listen({id, "t1"});
  CHECK(message(writer, 0)["params"]["notifications"] == json::object());
  CHECK(writer->ended());
  CHECK_FALSE(shop.upstream);
  const Request wrong = modern_request(3, "subscriptions/listen", {{"notifications", {{"taskIds", "t1"}}}}, kWithTasks);
  CHECK(answer_of(shop.rig.send(wrong))["error"]["code"] == -32602);
}
