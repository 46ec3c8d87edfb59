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

constexpr const char* kExtension = "io.modelcontextprotocol/tasks";
const std::string kTasks = R"({"tools":{},"tasks":{"cancel":{},"requests":{"tools":{"call":{}}}}})";
const json kRelated = {{"io.modelcontextprotocol/related-task", {{"taskId", "t1"}}}};

json with_tasks() {
  json capabilities = everything();
  capabilities["extensions"][kExtension] = json::object();
  return capabilities;
}

/// The header X-User names the principal; without it the client is anonymous.
class ByHeader final : public Authenticator {
 public:
  void authenticate(const Request& request, std::function<void(Result)> done) override {
    Result result;
    if (request.headers.has("X-User")) {
      result.principal = {"issuer", std::string(request.headers.get("X-User")), {}};
    }
    done(std::move(result));
  }
};

void answer(const ScriptedBackend::Exchange& exchange, const std::string& member, const json& value) {
  exchange->json(json{{"jsonrpc", "2.0"}, {"id", json::parse(id_of(exchange->request.body))}, {member, value}}.dump());
}

/// Two backends of 2025-11-25, of which `b` has a tool that can be a task; and a modern client that takes tasks.
struct Workshop {
  explicit Workshop(RouterOptions options = {}, SessionLimits limits = {}, const std::string& support = "optional")
      : rig({"a", "b"}, std::move(options), limits, &authenticator, kTasks), b(rig.backend(1)) {
    b.on("tools/list", [support](const auto& exchange) {
      answer(exchange, "result",
             {{"tools",
               {{{"name", "build"}, {"inputSchema", {{"type", "object"}}}, {"execution", {{"taskSupport", support}}}},
                {{"name", "plain"}, {"inputSchema", {{"type", "object"}}}}}}});
    });
    b.on("tools/call", [this](const auto& exchange) {
      if (json::parse(exchange->request.body)["params"].contains("task")) {
        answer(exchange, "result", {{"task", task("working")}, {"_meta", kRelated}});
      } else {
        b.serve_as_usual(exchange);
      }
    });
    b.on("tasks/get", [this](const auto& exchange) {
      if (b.knows(exchange->request)) {
        answer(exchange, "result", state);
      } else {
        b.serve_as_usual(exchange);
      }
    });
    b.on("tasks/result", [this](const auto& exchange) {
      held = exchange;
      held->head(200, kSse);
    });
    b.on("tasks/cancel", [](const auto& exchange) { answer(exchange, "result", task("cancelled")); });
  }

  static json task(const std::string& status) {
    return {{"taskId", "t1"}, {"status", status}, {"createdAt", "c"}, {"ttl", 60000}, {"pollInterval", 500}};
  }
  std::shared_ptr<RecordingWriter> start(const std::string& method, json params,
                                         const json& capabilities = with_tasks()) {
    Request request = modern_request(++last_id, method, std::move(params), capabilities);
    if (!user.empty()) {
      request.headers.add("X-User", user);
    }
    auto writer = rig.start(std::move(request));
    rig.executor.run();
    return writer;
  }
  json send(const std::string& method, json params, const json& capabilities = with_tasks()) {
    const auto writer = start(method, std::move(params), capabilities);
    REQUIRE(writer->ended());
    return answer_of(writer->response());
  }
  json create() { return send("tools/call", {{"name", "b__build"}})["result"]; }
  json get(const std::string& id) { return send("tasks/get", {{"taskId", id}})["result"]; }
  void ask(int id, const std::string& method = "elicitation/create", json params = {{"message", "?"}}) {
    params["_meta"] = kRelated;
    held->body("data: " + json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump() + "\n\n");
    rig.executor.run();
  }
  /// The responses that the backend got.
  std::vector<json> answered() {
    std::vector<json> messages;
    for (const Seen& seen : b.seen("")) {
      if (seen.http_method == "POST") {
        messages.push_back(json::parse(seen.body));
      }
    }
    return messages;
  }
  [[nodiscard]] json sent(const std::string& method) { return json::parse(b.seen(method).back().body); }

  ByHeader authenticator;
  Rig rig;
  ScriptedBackend& b;
  json state = task("working");
  std::string user;
  std::shared_ptr<MemoryExchange> held;
  int last_id = 0;
};

}  // namespace

TEST_CASE("the tasks extension is declared if calls of some legacy backend can be tasks", "[tasks][TSK-13]") {
  Workshop shop;
  const json declared = shop.send("server/discover", json::object())["result"]["capabilities"];
  CHECK(declared["extensions"] == json{{kExtension, json::object()}});
  CHECK_FALSE(declared.contains("tasks"));
}

TEST_CASE("a tool of a legacy backend that can be a task is one of the extension for who takes tasks",
          "[tasks][TSK-03][TSK-12]") {
  Workshop shop;
  json created = shop.send("tools/call", {{"name", "b__build"}, {"_meta", {{"progressToken", 1}}}})["result"];
  CHECK(shop.sent("tools/call")["params"]["name"] == "build");
  CHECK(shop.sent("tools/call")["params"]["task"] == json::object());
  CHECK(shop.sent("tools/call")["params"]["_meta"]["progressToken"] != 1);
  CHECK(created["_meta"].size() == 1);  // our serverInfo
  created.erase("_meta");
  const std::string id = created["taskId"];
  CHECK(id != "t1");
  created.erase("taskId");
  CHECK(created == json::parse(R"({"resultType":"task","status":"working","createdAt":"c","ttlMs":60000,
                                   "pollIntervalMs":500})"));

  json got = shop.get(id);
  CHECK(shop.sent("tasks/get")["params"] == json{{"taskId", "t1"}});
  CHECK(got["resultType"] == "complete");
  CHECK(got["taskId"] == id);
  CHECK(got["status"] == "working");
  CHECK(got["pollIntervalMs"] == 500);
}

TEST_CASE("who takes no tasks gets none, and a tool that is none is called as ever", "[tasks][TSK-01][TSL-01]") {
  Workshop shop;
  CHECK(shop.send("tools/call", {{"name", "b__build"}}, everything())["result"]["resultType"] == "complete");
  CHECK_FALSE(shop.sent("tools/call")["params"].contains("task"));
  CHECK(shop.send("tools/call", {{"name", "b__plain"}})["result"]["resultType"] == "complete");
  CHECK_FALSE(shop.sent("tools/call")["params"].contains("task"));
  const json refused = shop.send("tasks/get", {{"taskId", shop.create()["taskId"]}}, everything());
  CHECK(refused["error"]["code"] == -32021);
}

TEST_CASE("a backend that answers a call at once makes no task of it", "[tasks]") {
  Workshop shop;
  shop.b.on("tools/call", [&](const auto& exchange) { shop.b.serve_as_usual(exchange); });
  const json at_once = shop.create();
  CHECK(at_once["resultType"] == "complete");
  CHECK(at_once["content"][0]["text"] == "b");
  shop.b.on("tools/call", [](const auto& exchange) {
    answer(exchange, "error", {{"code", -32602}, {"message", "no"}});
  });
  CHECK(shop.send("tools/call", {{"name", "b__build"}})["error"]["code"] == -32602);
  CHECK(shop.rig.store.size() == 2);  // in which the tools of each were listed
}

TEST_CASE("a URL that a backend wants visited before it makes a task is asked for, and the task is made after",
          "[tasks][mrtr][ELI-05]") {
  Workshop shop;
  shop.b.on("tools/call", [](const auto& exchange) {
    answer(exchange, "error",
           {{"code", -32042},
            {"message", "m"},
            {"data", {{"elicitations", {{{"mode", "url"}, {"url", "https://x"}, {"message", "Sign in"}}}}}}});
  });
  json params = {{"name", "b__build"}};
  json no_urls = with_tasks();
  no_urls["elicitation"].erase("url");
  CHECK(shop.send("tools/call", params, no_urls)["error"]["code"] == -32603);
  const json asked = shop.send("tools/call", params)["result"];
  CHECK(asked["resultType"] == "input_required");
  CHECK(asked["inputRequests"]["url1"]["params"]["url"] == "https://x");
  CHECK(asked["inputRequests"]["url1"]["params"]["message"] == "[b] Sign in");

  shop.b.on("tools/call", [](const auto& exchange) {
    answer(exchange, "result", {{"task", Workshop::task("working")}});
  });
  params["requestState"] = asked["requestState"];
  params["inputResponses"] = {{"url1", {{"action", "accept"}}}};
  CHECK(shop.send("tools/call", params)["result"]["resultType"] == "task");
  CHECK_FALSE(shop.sent("tools/call")["params"].contains("requestState"));
  const std::size_t sent = shop.b.count("tools/call");
  params["inputResponses"]["url1"]["action"] = "decline";
  CHECK(shop.send("tools/call", params)["result"]["isError"] == true);
  CHECK(shop.b.count("tools/call") == sent);
}

TEST_CASE("a client that goes away while its task is made leaves none behind", "[tasks][CAN-01]") {
  Workshop shop;
  std::shared_ptr<MemoryExchange> making;
  shop.b.on("tools/call", [&](const auto& exchange) { making = exchange; });
  const auto writer = shop.start("tools/call", {{"name", "b__build"}});
  writer->tell(ResponseWriter::Event::closed);
  answer(making, "result", {{"task", Workshop::task("working")}});
  shop.rig.executor.run();
  CHECK(shop.sent("tasks/cancel")["params"] == json{{"taskId", "t1"}});
  CHECK(shop.rig.store.size() == 2);  // in which the tools of each were listed
}

TEST_CASE("a finished task has its result in it, a tool's own error too, and the links as the client knows them",
          "[tasks][TSK-05][TSK-10]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.b.on("tasks/result", [](const auto& exchange) {
    answer(exchange, "result", {{"content", json::array()}, {"isError", true}, {"_meta", kRelated}});
  });
  shop.state = Workshop::task("failed");
  const json done = shop.get(id);
  CHECK(done["status"] == "completed");
  CHECK(done["result"] == json::parse(R"({"content":[],"isError":true})"));
  CHECK(shop.sent("tasks/result")["params"] == json{{"taskId", "t1"}});

  shop.b.on("tasks/result", [](const auto& exchange) {
    answer(exchange, "error", {{"code", -32000}, {"message", "broke"}});
  });
  const json failed = shop.get(id);
  CHECK(failed["status"] == "failed");
  CHECK(failed["error"]["message"] == "broke");
  CHECK(failed["error"]["code"] == -32603);

  shop.state = Workshop::task("cancelled");
  CHECK(shop.get(id)["status"] == "cancelled");
}

TEST_CASE("a task stays where it was made, whatever the client declares when it asks", "[tasks][affinity]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  const std::string session(shop.b.seen("tools/call").back().headers.get("Mcp-Session-Id"));
  json other = with_tasks();
  other.erase("sampling");
  shop.send("tasks/get", {{"taskId", id}}, other);
  CHECK(shop.b.seen("tasks/get").back().headers.get("Mcp-Session-Id") == session);
  // Its session lives as long as somebody asks, and then as long as any.
  shop.rig.executor.advance(20min);
  CHECK(shop.get(id)["status"] == "working");
  shop.rig.executor.advance(20min);
  CHECK(shop.get(id)["status"] == "working");
  shop.rig.executor.advance(31min);
  const json error = shop.send("tasks/get", {{"taskId", id}})["error"];
  CHECK(error["code"] == -32602);
  CHECK(error["data"]["reason"] == "unknown_task");
}

TEST_CASE("a task of a call in a session that the client opened lives in that", "[tasks][affinity]") {
  Workshop shop;
  std::vector<Backend> backends = shop.rig.configured();
  backends[1].affinity = Affinity::handle;
  shop.rig.router->reload({}, std::move(backends));
  shop.send("tools/list", json::object());
  const json opened = shop.send("tools/call", {{"name", "b__open_session"}})["result"];
  const json arguments = {{"session", opened["structuredContent"]["session"]}};
  const std::string id = shop.send("tools/call", {{"name", "b__build"}, {"arguments", arguments}})["result"]["taskId"];
  shop.send("tools/call", {{"name", "b__plain"}, {"arguments", arguments}});
  shop.get(id);
  const auto session = [&](const std::string& method, std::size_t index) {
    return std::string(shop.b.seen(method).at(index).headers.get("Mcp-Session-Id"));
  };
  CHECK(session("tools/call", 1) == session("tools/call", 0));
  CHECK(session("tasks/get", 0) == session("tools/call", 0));
}

TEST_CASE("the sessions of tasks count against their client", "[tasks][S19]") {
  SessionLimits limits;
  limits.max_sessions_per_client = 2;
  Workshop shop({}, limits);
  shop.create();
  shop.create();
  CHECK(shop.send("tools/call", {{"name", "b__build"}})["error"]["data"]["reason"] == "too_many_sessions");
}

TEST_CASE("a task is nobody else's", "[tasks][TSK-12]") {
  Workshop shop;
  shop.user = "ann";
  const std::string id = shop.create()["taskId"];
  CHECK(shop.get(id)["status"] == "working");
  shop.user = "bob";
  for (const char* const method : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    CHECK(shop.send(method, {{"taskId", id}})["error"]["code"] == -32602);
  }
  CHECK(shop.b.count("tasks/cancel") == 0);
}

TEST_CASE("what a task asks is in it until it is answered, each thing under a key of its own",
          "[tasks][TSK-06][TSK-07]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.state = Workshop::task("input_required");
  const auto first = shop.start("tasks/get", {{"taskId", id}});
  CHECK_FALSE(first->ended());
  shop.ask(5);
  REQUIRE(first->ended());
  const json asked = answer_of(first->response())["result"];
  CHECK(asked["status"] == "input_required");
  REQUIRE(asked["inputRequests"].size() == 1);
  const std::string key = asked["inputRequests"].begin().key();
  CHECK(asked["inputRequests"][key] == json::parse(R"({"method":"elicitation/create","params":{"message":"[b] ?"}})"));

  shop.ask(6, "roots/list", json::object());
  CHECK(shop.get(id)["inputRequests"].size() == 2);
  CHECK(shop.b.count("tasks/result") == 1);
  json ack = shop.send("tasks/update",
                       {{"taskId", id}, {"inputResponses", {{key, {{"action", "decline"}}}, {"k", json::object()}}}});
  ack["result"].erase("_meta");
  CHECK(ack["result"] == json{{"resultType", "complete"}});
  REQUIRE(shop.answered().size() == 1);
  CHECK(shop.answered()[0]["id"] == 5);
  CHECK(shop.answered()[0]["result"] == json{{"action", "decline"}, {"_meta", kRelated}});
  const json rest = shop.get(id);
  REQUIRE(rest["inputRequests"].size() == 1);
  CHECK(rest["inputRequests"].begin().value()["method"] == "roots/list");
  const std::string other = rest["inputRequests"].begin().key();
  shop.send("tasks/update", {{"taskId", id}, {"inputResponses", {{other, {{"roots", json::array()}}}}}});
  CHECK(shop.get(id)["status"] == "working");
  shop.ask(7);
  CHECK_FALSE(shop.get(id)["inputRequests"].contains(key));
}

TEST_CASE("a task asks nobody for what was not declared, and is heard of nothing else", "[tasks][TSK-11][MRTR-05]") {
  Workshop shop;
  json capabilities = with_tasks();
  capabilities.erase("sampling");
  const std::string id = shop.send("tools/call", {{"name", "b__build"}}, capabilities)["result"]["taskId"];
  shop.state = Workshop::task("input_required");
  const auto first = shop.start("tasks/get", {{"taskId", id}}, capabilities);
  shop.ask(5, "sampling/createMessage", {{"maxTokens", 1}});
  CHECK(shop.answered().at(0)["error"]["code"] == -32601);
  shop.ask(6);
  REQUIRE(first->ended());
  CHECK(answer_of(first->response())["result"]["inputRequests"].size() == 1);
  // A request that declares less is told less.
  const json bare = {{"extensions", {{kExtension, json::object()}}}};
  CHECK(shop.send("tasks/get", {{"taskId", id}}, bare)["result"]["status"] == "working");
}

TEST_CASE("a task that says later than a client waits what it wants is at work until then", "[tasks]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.state = Workshop::task("input_required");
  const auto first = shop.start("tasks/get", {{"taskId", id}});
  shop.rig.executor.advance(500ms);
  REQUIRE(first->ended());
  CHECK(answer_of(first->response())["result"]["status"] == "working");
  shop.ask(5);
  CHECK(shop.get(id)["status"] == "input_required");
}

TEST_CASE("a task whose client stays away gets no answer from it, but goes on", "[tasks][MRTR-08]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.state = Workshop::task("input_required");
  shop.start("tasks/get", {{"taskId", id}});
  shop.ask(5);
  shop.rig.executor.advance(4min);
  shop.get(id);
  shop.rig.executor.advance(4min);
  CHECK(shop.answered().empty());
  shop.rig.executor.advance(1min);
  REQUIRE(shop.answered().size() == 1);
  CHECK(shop.answered()[0]["result"]["action"] == "cancel");
  CHECK(shop.held->cancelled());
  CHECK(shop.b.count("tasks/cancel") == 0);
  shop.start("tasks/get", {{"taskId", id}});
  CHECK(shop.b.count("tasks/result") == 2);
}

TEST_CASE("the tasks of one client that ask leave room for those of others", "[tasks][bounds]") {
  RouterOptions options;
  options.limits.max_suspended_calls = 64;
  Workshop shop(std::move(options));
  shop.state = Workshop::task("input_required");
  constexpr std::size_t kShare = 16;
  for (std::size_t task = 0; task < kShare; ++task) {
    shop.start("tasks/get", {{"taskId", shop.create()["taskId"]}});
    shop.ask(5);
  }
  CHECK(shop.b.count("tasks/result") == kShare);
  CHECK(shop.get(shop.create()["taskId"])["status"] == "working");
  CHECK(shop.b.count("tasks/result") == kShare);
  shop.user = "ann";
  shop.start("tasks/get", {{"taskId", shop.create()["taskId"]}});
  CHECK(shop.b.count("tasks/result") == kShare + 1);
}

TEST_CASE("a task that is cancelled is cancelled at the backend, were it over already", "[tasks][TSK-07]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.state = Workshop::task("input_required");
  shop.start("tasks/get", {{"taskId", id}});
  json ack = shop.send("tasks/cancel", {{"taskId", id}});
  ack["result"].erase("_meta");
  CHECK(ack["result"] == json{{"resultType", "complete"}});
  CHECK(shop.sent("tasks/cancel")["params"] == json{{"taskId", "t1"}});
  CHECK(shop.held->cancelled());
  shop.b.on("tasks/cancel", [](const auto& exchange) {
    answer(exchange, "error", {{"code", -32602}, {"message", "it is over"}});
  });
  CHECK(shop.send("tasks/cancel", {{"taskId", id}}).contains("result"));
}

TEST_CASE("what a backend says of no task is no task, and its own refusal passes", "[tasks]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.state = {{"status", "working"}};
  CHECK(shop.send("tasks/get", {{"taskId", id}})["error"]["data"]["reason"] == "backend_protocol_error");
  shop.b.on("tasks/get", [](const auto& exchange) {
    answer(exchange, "error", {{"code", -32602}, {"message", "unknown"}});
  });
  CHECK(shop.send("tasks/get", {{"taskId", id}})["error"]["code"] == -32602);
}

TEST_CASE("a shutdown gives up the tasks that wait for input", "[tasks][shutdown]") {
  Workshop shop;
  const std::string id = shop.create()["taskId"];
  shop.state = Workshop::task("input_required");
  shop.start("tasks/get", {{"taskId", id}});
  shop.ask(5);
  CHECK(shop.rig.router->shutdown(1s));
  CHECK(shop.held->cancelled());
}
