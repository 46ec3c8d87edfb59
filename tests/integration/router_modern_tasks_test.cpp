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
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

constexpr const char* kExtension = "io.modelcontextprotocol/tasks";
const std::string kWithTasks = R"({"tools":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";

json with_tasks() { return {{"elicitation", json::object()}, {"extensions", {{kExtension, json::object()}}}}; }

/// The header X-User names the principal.
class ByHeader final : public Authenticator {
 public:
  void authenticate(const Request& request, std::function<void(Result)> done) override {
    Result result;
    result.principal = {"issuer", std::string(request.headers.get("X-User")), {}};
    done(std::move(result));
  }
};

/// Two backends of 2026-07-28 with the extension, and one of a session-ful revision.
struct Offices {
  Offices() : rig({}, {}, {}, &authenticator) {
    std::vector<Backend> all;
    for (ModernBackend* const backend : {&a, &b}) {
      backend->set_capabilities(kWithTasks);
      Backend configured;
      configured.name = backend->name();
      configured.url = backend->url();
      all.push_back(std::move(configured));
    }
    rig.router->reload({}, std::move(all));
    rig.send(modern_request(0, "tools/list"));
  }

  json task(const std::string& backend_result_members) {
    return json::parse(R"({"taskId":"t/1","createdAt":"c","lastUpdatedAt":"l","ttlMs":60000,"pollIntervalMs":500)" +
                       backend_result_members + "}");
  }
  static void answer(ModernBackend& backend, const std::string& method, const json& result) {
    backend.on(method, [result](const auto& exchange) {
      exchange->json(
          fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id_of(exchange->request.body), result.dump()));
    });
  }
  Response send(const std::string& method, const json& params, const json& capabilities = with_tasks(),
                const std::string& user = "ann") {
    Request request = modern_request(++last_id, method, params, capabilities);
    request.headers.add("X-User", user);
    return rig.send(std::move(request));
  }
  /// Has `b` make a task and returns its id as the client gets it.
  std::string create() {
    answer(b, "tools/call", task(R"(,"status":"working","resultType":"task")"));
    return answer_of(send("tools/call", {{"name", "b__echo"}}))["result"]["taskId"];
  }

  ByHeader authenticator;
  Rig rig;
  ModernBackend a{rig.http, "a"};
  ModernBackend b{rig.http, "b"};
  int last_id = 0;
};

json sent(const ModernBackend& backend, const std::string& method) {
  return json::parse(backend.seen(method).back().body);
}

json extensions_of(const json& request) {
  return request["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"].value("extensions", json());
}

}  // namespace

TEST_CASE("server/discover declares the tasks extension if some modern backend has it", "[tasks][TRAP-32]") {
  Offices offices;
  const json declared = answer_of(offices.send("server/discover", json::object()))["result"]["capabilities"];
  CHECK(declared["extensions"] == json{{kExtension, json::object()}});
  CHECK_FALSE(declared.contains("tasks"));

  Rig without({"legacy"}, {}, {}, nullptr,
              R"({"tools":{},"tasks":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})");
  const json none = answer_of(without.send(modern_request(1, "server/discover")))["result"]["capabilities"];
  CHECK_FALSE(none.contains("extensions"));
  CHECK(without.send(modern_request(2, "tasks/get", {{"taskId", "x"}}, with_tasks())).status == 404);
}

TEST_CASE("what a modern backend says of tasks of revisions with sessions is declared to nobody",
          "[tasks][TSK-09][TSK-13]") {
  Offices offices;
  offices.a.set_capabilities(R"({"tools":{},"tasks":{"cancel":{},"requests":{"tools":{"call":{}}}}})");
  Backend one;
  one.name = "a";
  one.url = offices.a.url();
  one.headers.set.add("X-Revision", "2");  // it is asked anew
  offices.rig.router->reload({}, {one});
  Request initialize = post_request({}, initialize_body());
  initialize.headers.add("X-User", "ann");
  CHECK_FALSE(answer_of(offices.rig.send(std::move(initialize)))["result"]["capabilities"].contains("tasks"));
  CHECK(offices.a.count("server/discover") == 2);
}

TEST_CASE("a call offers the tasks extension if its client does, and no other one", "[tasks][TSK-01]") {
  Offices offices;
  json capabilities = with_tasks();
  capabilities["extensions"]["com.example/other"] = json::object();
  offices.send("tools/call", {{"name", "b__echo"}}, capabilities);
  CHECK(extensions_of(sent(offices.b, "tools/call")) == json{{kExtension, json::object()}});
  offices.send("tools/call", {{"name", "b__echo"}}, everything());
  CHECK(extensions_of(sent(offices.b, "tools/call")).is_null());
}

TEST_CASE("a task is handed on under an id of ours, and asked about under its own", "[tasks][TSK-03][TSK-05][TSK-12]") {
  Offices offices;
  const std::string id = offices.create();
  CHECK(id != "t/1");
  CHECK(id.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos);
  CHECK(id == offices.create());
  const json created = answer_of(offices.send("tools/call", {{"name", "b__echo"}}))["result"];
  CHECK(created["resultType"] == "task");
  CHECK(created["ttlMs"] == 60000);
  CHECK_FALSE(created.contains("task"));

  Offices::answer(offices.b, "tasks/get",
                  offices.task(R"(,"status":"completed","resultType":"complete","result":{"content":[]})"));
  const Response got = offices.send("tasks/get", {{"taskId", id}});
  const json result = answer_of(got)["result"];
  CHECK(got.status == 200);
  CHECK(result["taskId"] == id);
  CHECK(result["resultType"] == "complete");
  CHECK(result["ttlMs"] == 60000);
  CHECK(result["result"] == json::parse(R"({"content":[]})"));
  CHECK(sent(offices.b, "tasks/get")["params"]["taskId"] == "t/1");
  CHECK(offices.b.seen("tasks/get").back().headers.get("Mcp-Name") == "t/1");  // TRAP-33
  CHECK(extensions_of(sent(offices.b, "tasks/get")).contains(kExtension));
  CHECK(offices.a.count("tasks/get") == 0);
}

TEST_CASE("updates and cancellations of tasks get to their owner and are acknowledged", "[tasks][TSK-07]") {
  Offices offices;
  const std::string id = offices.create();
  for (const char* const method : {"tasks/update", "tasks/cancel"}) {
    Offices::answer(offices.b, method, {{"resultType", "complete"}});
    const json responses = {{"k", {{"action", "accept"}}}};
    json ack = answer_of(offices.send(method, {{"taskId", id}, {"inputResponses", responses}}))["result"];
    ack.erase("_meta");
    CHECK(ack == json{{"resultType", "complete"}});
    CHECK(sent(offices.b, method)["params"]["taskId"] == "t/1");
    CHECK(sent(offices.b, method)["params"]["inputResponses"] == responses);
  }
}

TEST_CASE("what a task waits for, and links in what it returned, pass as those of a call do", "[tasks][TRAP-36]") {
  Offices offices;
  const std::string id = offices.create();
  Offices::answer(offices.a, "tools/call",
                  json::parse(R"({"content":[{"type":"resource_link","name":"l","uri":"x://1"}]})"));
  offices.send("tools/call", {{"name", "a__echo"}});
  const std::string linked =
      R"(,"status":"completed","result":{"content":[{"type":"resource_link","name":"l","uri":"x://1"}]})";
  Offices::answer(offices.b, "tasks/get", offices.task(linked));
  const json done = answer_of(offices.send("tasks/get", {{"taskId", id}}))["result"];
  CHECK(done["result"]["content"][0]["uri"] == "b+x://1");

  const json requests = json::parse(R"({"k":{"method":"elicitation/create","params":{"message":"?"}}})");
  json waiting = offices.task(R"(,"status":"input_required")");
  waiting["inputRequests"] = requests;
  Offices::answer(offices.b, "tasks/get", waiting);
  const json asked = answer_of(offices.send("tasks/get", {{"taskId", id}}))["result"];
  CHECK(asked["inputRequests"] == requests);
  CHECK(asked["resultType"] == "complete");
}

TEST_CASE("who does not declare the tasks extension is told to, and never gets a task", "[tasks][TSK-08][GEN-11]") {
  Offices offices;
  const std::string id = offices.create();
  for (const char* const method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    const Response refused = offices.send(method, {{"taskId", id}}, everything());
    CHECK(refused.status == 400);
    const json error = answer_of(refused)["error"];
    CHECK(error["code"] == -32021);
    CHECK(error["data"]["requiredCapabilities"] == json{{"extensions", {{kExtension, json::object()}}}});
    CHECK(offices.b.count(method) == 0);
  }
  const json error = answer_of(offices.send("tools/call", {{"name", "b__echo"}}, everything()))["error"];
  CHECK(error["data"]["reason"] == "backend_protocol_error");
}

TEST_CASE("a client that did not declare the extension is told so before what else is wrong",
          "[tasks][TSK-08][SUB-10]") {
  Offices offices;
  json params = {{"taskId", "t"}, {"notifications", {{"taskIds", json::array({"t"})}, {"toolsListChanged", 1}}}};
  params["_meta"]["io.modelcontextprotocol/logLevel"] = "loud";
  for (const char* const method : {"tasks/get", "subscriptions/listen"}) {
    CHECK(answer_of(offices.send(method, params, everything()))["error"]["code"] == -32021);
    CHECK(answer_of(offices.send(method, params))["error"]["code"] == -32602);
  }
}

TEST_CASE("a tool that a client cannot call without tasks is refused as the backend does", "[tasks][TSK-02]") {
  Offices offices;
  const std::string required = R"({"requiredCapabilities":{"extensions":{"io.modelcontextprotocol/tasks":{}}}})";
  offices.b.on("tools/call", [required](const auto& exchange) { refuse(exchange, 400, -32021, required); });
  const Response refused = offices.send("tools/call", {{"name", "b__echo"}}, everything());
  CHECK(refused.status == 400);
  CHECK(answer_of(refused)["error"]["data"] == json::parse(required));
}

TEST_CASE("a task of somebody else, of another era or of nobody is unknown", "[tasks][TSK-12][TSK-13]") {
  Offices offices;
  const std::string id = offices.create();
  for (const char* const method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    const auto code = [&](const std::string& task, const std::string& user) {
      const Response refused = offices.send(method, {{"taskId", task}}, with_tasks(), user);
      CHECK(refused.status == 200);
      return answer_of(refused)["error"]["code"];
    };
    CHECK(code(id, "bob") == -32602);
    CHECK(code("t/1", "ann") == -32602);
    CHECK(code(id + "A", "ann") == -32602);
    CHECK(offices.b.count(method) == 0);
  }
  for (const char* const method : {"tasks/result", "tasks/list"}) {
    CHECK(offices.send(method, {{"taskId", id}}).status == 404);
  }
}

TEST_CASE("a result that creates a task without saying which is none", "[tasks][TSK-03]") {
  Offices offices;
  Offices::answer(offices.b, "tools/call", json::parse(R"({"resultType":"task","status":"working"})"));
  const json error = answer_of(offices.send("tools/call", {{"name", "b__echo"}}))["error"];
  CHECK(error["data"]["reason"] == "backend_protocol_error");
  Offices::answer(offices.b, "tools/call", offices.task(R"(,"status":"working","resultType":"task")"));
  const std::string id = answer_of(offices.send("tools/call", {{"name", "b__echo"}}))["result"]["taskId"];
  Offices::answer(offices.b, "tasks/get", offices.task(R"(,"status":"working","resultType":"task")"));
  CHECK(answer_of(offices.send("tasks/get", {{"taskId", id}}))["error"]["code"] == -32603);
}

TEST_CASE("a legacy backend never sees that a modern client asks for a task", "[tasks][TSK-09]") {
  Rig rig({"legacy"}, {}, {}, nullptr, R"({"tools":{},"tasks":{"requests":{"tools":{"call":{}}}}})");
  rig.send(modern_request(1, "tools/call", {{"name", "echo"}, {"task", {{"ttl", 1000}}}}, with_tasks()));
  CHECK_FALSE(json::parse(rig.backend().seen("tools/call").back().body)["params"].contains("task"));
}
