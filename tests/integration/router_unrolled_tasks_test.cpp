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

/// A modern backend that makes a task of every call and refuses clients that take none; and a client with a session.
struct Unrolling {
  explicit Unrolling(RouterOptions options = {}) : rig({}, options) {
    Backend configured;
    configured.name = "m";
    configured.url = backend.url();
    rig.router->reload(std::move(options), {configured});
    backend.set_capabilities(R"({"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})");
    backend.on("tools/call", [](const auto& exchange) {
      const std::string required = R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})";
      if (exchange->request.body.find("io.modelcontextprotocol/tasks") == std::string::npos) {
        refuse(exchange, 400, -32021, required);
      } else {
        answer(exchange, task("working", R"(,"resultType":"task")"));
      }
    });
    backend.on("tasks/get", [this](const auto& exchange) { answer(exchange, state); });
    backend.on("tasks/update", [](const auto& exchange) { answer(exchange, R"({"resultType":"complete"})"); });
    backend.on("tasks/cancel", [](const auto& exchange) { answer(exchange, R"({"resultType":"complete"})"); });
    json initialize = json::parse(initialize_body());
    initialize["params"]["capabilities"] = {{"elicitation", json::object()}};
    session = std::string(rig.send(post_request({}, initialize.dump())).headers.get("Mcp-Session-Id"));
  }

  static void answer(const ModernBackend::Exchange& exchange, const std::string& result) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id_of(exchange->request.body), result));
  }
  static std::string task(const std::string& status, const std::string& members) {
    return fmt::format(R"({{"taskId":"t1","status":"{}","ttlMs":null,"pollIntervalMs":500{}}})", status, members);
  }
  std::shared_ptr<RecordingWriter> call() {
    auto writer = rig.start(post_request(session, call_body("1", "echo")));
    rig.executor.run();
    return writer;
  }
  void post(const json& message) { CHECK(rig.post(session, message.dump()).status == 202); }
  [[nodiscard]] json sent(const std::string& method) const { return json::parse(backend.seen(method).back().body); }

  Rig rig;
  ModernBackend backend{rig.http, "m"};
  std::string state = task("working", "");
  std::string session;
};

const std::string kDone =
    Unrolling::task("completed", R"(,"resultType":"complete","result":{"content":[],"isError":true})");

}  // namespace

TEST_CASE("a tool that has to be a task is one at the backend alone, for a client that knows none", "[tasks]") {
  Unrolling test;
  const auto writer = test.call();
  CHECK(test.backend.count("tools/call") == 2);
  test.rig.executor.advance(499ms);
  CHECK(test.backend.count("tasks/get") == 0);
  test.rig.executor.advance(501ms);
  CHECK(test.backend.count("tasks/get") == 2);
  CHECK(test.sent("tasks/get")["params"]["taskId"] == "t1");
  CHECK(test.backend.seen("tasks/get").back().headers.get("Mcp-Name") == "t1");
  CHECK_FALSE(writer->ended());
  test.state = kDone;
  test.rig.executor.advance(500ms);
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response()) ==
        json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}})"));
  CHECK(test.backend.count("tasks/cancel") == 0);
}

TEST_CASE("a backend is not asked for a task more often than is reasonable, nor forgotten", "[tasks]") {
  Unrolling test;
  test.state = R"({"taskId":"t1","status":"working","pollIntervalMs":1})";
  const auto writer = test.call();
  test.rig.executor.advance(1400ms);
  CHECK(test.backend.count("tasks/get") == 10);
  test.state = R"({"taskId":"t1","status":"working","pollIntervalMs":3600000})";
  test.rig.executor.advance(100ms);
  test.state = kDone;
  test.rig.executor.advance(30s);
  CHECK(writer->ended());
}

TEST_CASE("a task that fails is a call that fails", "[tasks][TSK-10]") {
  Unrolling test;
  test.state = Unrolling::task("failed", R"(,"error":{"code":7,"message":"own"})");
  const auto writer = test.call();
  test.rig.executor.advance(500ms);
  CHECK(answer_of(writer->response())["error"] == json::parse(R"({"code":7,"message":"own"})"));
}

TEST_CASE("what a task waits for is asked of the client, each thing once", "[tasks][TSK-06]") {
  Unrolling test;
  test.state = Unrolling::task("input_required",
                               R"(,"inputRequests":{"k":{"method":"elicitation/create","params":{"message":"?"}}})");
  const auto writer = test.call();
  test.rig.executor.advance(500ms);
  REQUIRE(events_of(writer->response()).size() == 1);
  const json asked = json::parse(events_of(writer->response())[0]);
  CHECK(asked["method"] == "elicitation/create");
  test.post({{"jsonrpc", "2.0"}, {"id", asked["id"]}, {"result", {{"action", "decline"}}}});
  CHECK(test.sent("tasks/update")["params"]["taskId"] == "t1");
  CHECK(test.sent("tasks/update")["params"]["inputResponses"] == json::parse(R"({"k":{"action":"decline"}})"));
  test.rig.executor.advance(1s);
  CHECK(events_of(writer->response()).size() == 1);
  CHECK(test.backend.count("tasks/update") == 1);
  test.state = kDone;
  test.rig.executor.advance(500ms);
  CHECK(writer->ended());
}

TEST_CASE("a task that asks what the client did not declare is cancelled", "[tasks][MRTR-05]") {
  Unrolling test;
  test.state = Unrolling::task("input_required", R"(,"inputRequests":{"k":{"method":"roots/list"}})");
  const auto writer = test.call();
  test.rig.executor.advance(500ms);
  CHECK(answer_of(writer->response())["error"]["code"] == -32603);
  CHECK(test.sent("tasks/cancel")["params"]["taskId"] == "t1");
}

TEST_CASE("a call that is cancelled cancels its task", "[tasks][CAN-04]") {
  Unrolling test;
  const auto writer = test.call();
  test.post({{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 1}}}});
  test.rig.executor.run();
  CHECK(writer->ended());
  CHECK(test.backend.count("tasks/cancel") == 1);
  test.rig.executor.advance(10s);
  CHECK(test.backend.count("tasks/get") == 0);
}

TEST_CASE("a task takes no longer than a call may", "[tasks]") {
  RouterOptions options;
  options.timeouts.call_total = 5s;
  Unrolling test(options);
  const auto writer = test.call();
  test.rig.executor.advance(5s);
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response())["error"]["data"]["reason"] == "backend_timeout");
  CHECK(test.backend.count("tasks/cancel") == 1);
}

TEST_CASE("a task that nobody asked for is no result", "[tasks][GEN-11]") {
  Unrolling test;
  test.backend.on("tools/call", [](const auto& exchange) {
    Unrolling::answer(exchange, Unrolling::task("working", R"(,"resultType":"task")"));
  });
  const auto writer = test.call();
  REQUIRE(writer->ended());
  CHECK(answer_of(writer->response())["error"]["data"]["reason"] == "backend_protocol_error");
  CHECK(test.backend.count("tools/call") == 1);
}
