#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

std::string request(const std::string& method, const json& params = json::object(), int id = 1) {
  return json{{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}}.dump();
}

json result_of(const Response& response) { return json::parse(response.body).value("result", json()); }
json error_of(const Response& response) { return json::parse(response.body).value("error", json()); }

/// Lets a backend answer a method with this result, whatever the params, within the sessions that it knows.
void serve(ScriptedBackend& backend, const std::string& method, const json& result) {
  backend.on(method, [result, &backend](const auto& exchange) {
    if (!backend.knows(exchange->request)) {
      exchange->respond(404, {}, "");
      return;
    }
    exchange->json(
        fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{}}})", id_of(exchange->request.body), result.dump()));
  });
}

void refuse(ScriptedBackend& backend, const std::string& method) {
  backend.on(method, [](const auto& exchange) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32002,"message":"no"}}}})",
                               id_of(exchange->request.body)));
  });
}

/// Backends that have everything; the test says what their lists are.
class FullRig : public Rig {
 public:
  explicit FullRig(const std::vector<std::string>& names, RouterOptions options = {},
                   const std::string& capabilities = kEverything)
      : Rig(names, std::move(options), {}, nullptr, capabilities) {}

  static constexpr const char* kEverything =
      R"({"completions":{},"logging":{},"prompts":{},"resources":{"subscribe":true},"tasks":{"list":{},"cancel":{}},"tools":{}})";
};

json named(const std::string& name) { return {{"name", name}}; }
json resource(const std::string& uri) { return {{"uri", uri}, {"name", uri}}; }

}  // namespace

TEST_CASE("capabilities are those of the backends together", "[capabilities][INIT-06]") {
  FullRig rig({"a", "b"});
  const json result = result_of(rig.send(post_request({}, initialize_body())));
  CHECK(result["capabilities"] == json::parse(R"({"completions":{},"logging":{},"prompts":{"listChanged":true},)"
                                              R"("resources":{"subscribe":true,"listChanged":true},)"
                                              R"("tasks":{"cancel":{}},"tools":{"listChanged":true}})"));
  const json older = result_of(rig.send(post_request({}, initialize_body("2025-06-18"))));
  CHECK_FALSE(older["capabilities"].contains("tasks"));
}

TEST_CASE("a backend nobody has reached yet is reached for its capabilities, and not waited for for ever",
          "[capabilities]") {
  FullRig rig({"a"});
  std::vector<Backend> two = rig.configured();
  two.push_back({"slow", "http://slow.test/mcp", {}});
  std::shared_ptr<MemoryExchange> held;
  rig.http.serve("http://slow.test/mcp", [&](const auto& exchange) { held = exchange; });
  rig.router->reload({}, two);
  const auto writer = rig.start(post_request({}, initialize_body()));
  REQUIRE(held);
  CHECK_FALSE(writer->ended());
  rig.executor.advance(5s);
  CHECK(writer->ended());
  held->fail(HttpFailure::timeout);
  held.reset();
  // It may have anything, and delays nobody for a while.
  CHECK(result_of(rig.send(post_request({}, initialize_body())))["capabilities"]["prompts"]["listChanged"] == true);
  CHECK_FALSE(held);
  rig.executor.advance(10s);
  rig.start(post_request({}, initialize_body()));
  CHECK(held);
}

TEST_CASE("a method that no backend offers does not exist", "[capabilities][INIT-06]") {
  Rig rig({"a"});
  const std::string session = rig.open_session();
  for (const std::string method : {"prompts/get", "resources/read", "completion/complete", "logging/setLevel"}) {
    CHECK(error_of(rig.post(session, request(method)))["code"] == -32601);
  }
  CHECK(rig.backend().seen().empty());
}

TEST_CASE("prompts are exposed, found and asked for like tools, in a table of their own", "[prompts]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "prompts/list", {{"prompts", {named("greet")}}});
    serve(*backend, "prompts/get", {{"messages", {backend->name()}}});
  }
  const std::string session = rig.open_session();
  // Known without a list: another node may have given it.
  CHECK(result_of(rig.post(session, request("prompts/get", named("b__greet"))))["messages"][0] == "b");
  CHECK(json::parse(rig.backend(1).seen("prompts/get")[0].body)["params"]["name"] == "greet");
  CHECK(result_of(rig.post(session, request("prompts/list")))["prompts"] ==
        json({named("a__greet"), named("b__greet")}));
  const json unknown = error_of(rig.post(session, request("prompts/get", named("b__nope"))));
  CHECK(unknown["code"] == -32602);
  CHECK(unknown["data"]["reason"] == "unknown_prompt");
  CHECK(error_of(rig.post(session, request("tools/call", named("b__greet"))))["data"]["reason"] == "unknown_tool");
  CHECK(error_of(rig.post(session, request("prompts/get", {{"name", 1}})))["data"]["reason"] == "invalid_params");
}

TEST_CASE("a URI passes as it is, and one that two backends list is told apart by the backend's name", "[resources]") {
  FullRig rig({"a", "b"});
  serve(rig.backend(0), "resources/list", {{"resources", {resource("x://1"), resource("x://a")}}});
  serve(rig.backend(1), "resources/list", {{"resources", {resource("x://1"), resource("x://b")}}});
  const std::string session = rig.open_session();
  const json resources = result_of(rig.post(session, request("resources/list")))["resources"];
  REQUIRE(resources.size() == 4);
  CHECK(resources[0]["uri"] == "x://1");
  CHECK(resources[2]["uri"] == "b+x://1");
  CHECK(resources[3]["uri"] == "x://b");
  for (auto& backend : rig.backends) {
    serve(*backend, "resources/read", {{"contents", {{{"uri", "x://1"}, {"text", backend->name()}}}}});
  }
  const auto read = [&](const std::string& uri) {
    return result_of(rig.post(session, request("resources/read", {{"uri", uri}})))["contents"][0];
  };
  CHECK(read("x://1") == json({{"uri", "x://1"}, {"text", "a"}}));
  CHECK(read("b+x://1") == json({{"uri", "b+x://1"}, {"text", "b"}}));
  CHECK(json::parse(rig.backend(1).seen("resources/read")[0].body)["params"]["uri"] == "x://1");
}

TEST_CASE("a resource is found by table, then template, then by asking; else it is unknown", "[resources][RSC-02]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "resources/list", {{"resources", json::array()}});
    serve(*backend, "resources/templates/list",
          {{"resourceTemplates", {{{"uriTemplate", backend->name() + "://{id}/data"}, {"name", "t"}}}}});
    serve(*backend, "resources/read", {{"contents", {{{"uri", "?"}, {"text", backend->name()}}}}});
  }
  const std::string session = rig.open_session();
  const auto read = [&](const std::string& uri) {
    return rig.post(session, request("resources/read", {{"uri", uri}}));
  };
  CHECK(result_of(read("b://7/data"))["contents"][0]["text"] == "b");
  CHECK(rig.backend(0).count("resources/read") == 0);
  refuse(rig.backend(0), "resources/read");
  CHECK(result_of(read("linked://somewhere"))["contents"][0]["text"] == "b");
  refuse(rig.backend(1), "resources/read");
  const json unknown = error_of(read("linked://elsewhere"));
  CHECK(unknown["code"] == -32002);
  CHECK(unknown["data"] == json({{"reason", "unknown_resource"}, {"uri", "linked://elsewhere"}}));
}

TEST_CASE("links of tools and prompts lead to their backend, and take nothing over from another",
          "[resources][TRAP-36]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "resources/list", {{"resources", json::array()}});
    serve(*backend, "resources/templates/list", {{"resourceTemplates", json::array()}});
    serve(*backend, "prompts/list", {{"prompts", {named("p")}}});
    serve(*backend, "resources/read", {{"contents", {{{"uri", "?"}, {"text", backend->name()}}}}});
  }
  serve(rig.backend(0), "resources/templates/list",
        {{"resourceTemplates", {{{"uriTemplate", "x://{id}"}, {"name", "t"}}}}});
  serve(rig.backend(1), "tools/call",
        {{"content",
          {{{"type", "resource_link"}, {"uri", "x://1"}}, {{"type", "resource"}, {"resource", {{"uri", "y://2"}}}}}}});
  const json said = {{"role", "user"}, {"content", {{"type", "resource"}, {"resource", {{"uri", "x://3"}}}}}};
  serve(rig.backend(1), "prompts/get", {{"messages", {said}}});
  const std::string session = rig.open_session();
  rig.post(session, request("resources/templates/list"));
  rig.post(session, request("tools/list"));
  const json content = result_of(rig.post(session, request("tools/call", named("b__echo"))))["content"];
  CHECK(content[0]["uri"] == "b+x://1");
  CHECK(content[1]["resource"]["uri"] == "y://2");
  const json messages = result_of(rig.post(session, request("prompts/get", named("b__p"))))["messages"];
  CHECK(messages[0]["content"]["resource"]["uri"] == "b+x://3");
  const auto read = [&](const std::string& uri) {
    return result_of(rig.post(session, request("resources/read", {{"uri", uri}})))["contents"][0]["text"];
  };
  CHECK(read("x://1") == "a");
  CHECK(read("b+x://1") == "b");
  CHECK(read("y://2") == "b");
  CHECK(rig.backend(0).count("resources/read") == 1);
}

TEST_CASE("a URI that is none is refused before anyone is asked", "[resources][RSC-01]") {
  FullRig rig({"a"});
  const std::string session = rig.open_session();
  for (const json& uri : {json(1), json(""), json("x://a\r\nb"), json(std::string(9'000, 'x'))}) {
    CHECK(error_of(rig.post(session, request("resources/read", {{"uri", uri}})))["code"] == -32602);
  }
  CHECK(rig.backend().seen().empty());
}

TEST_CASE("completion is asked of the owner of the prompt or template", "[completion][CMP-01]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "prompts/list", {{"prompts", {named("greet")}}});
    serve(*backend, "resources/list", {{"resources", json::array()}});
    serve(*backend, "resources/templates/list",
          {{"resourceTemplates", {{{"uriTemplate", backend->name() + "://{id}"}, {"name", "t"}}}}});
    serve(*backend, "completion/complete", {{"completion", {{"values", {backend->name()}}}}});
  }
  const std::string session = rig.open_session();
  const auto complete = [&](const json& ref) {
    return rig.post(session,
                    request("completion/complete", {{"ref", ref}, {"argument", {{"name", "x"}, {"value", ""}}}}));
  };
  CHECK(result_of(complete({{"type", "ref/prompt"}, {"name", "b__greet"}}))["completion"]["values"][0] == "b");
  CHECK(json::parse(rig.backend(1).seen("completion/complete")[0].body)["params"]["ref"]["name"] == "greet");
  CHECK(result_of(complete({{"type", "ref/resource"}, {"uri", "a://{id}"}}))["completion"]["values"][0] == "a");
  CHECK(error_of(complete({{"type", "ref/prompt"}, {"name", "nope"}}))["data"]["reason"] == "unknown_prompt");
  CHECK(error_of(complete({{"type", "ref/tool"}, {"name", "x"}}))["data"]["reason"] == "invalid_params");
}

TEST_CASE("a list larger than a page comes in pages, by cursors that are good for this list and session alone",
          "[page][PAG-02][PAG-03]") {
  RouterOptions options;
  options.limits.max_page = 2;
  FullRig rig({"a"}, options);
  rig.backend().set_tools({"1", "2", "3", "4", "5"});
  const std::string session = rig.open_session();
  std::string cursor;
  std::string names;
  for (int pages = 1;; ++pages) {
    const json page =
        result_of(rig.post(session, request("tools/list", cursor.empty() ? json::object() : json{{"cursor", cursor}})));
    for (const json& tool : page["tools"]) {
      names += tool["name"].get<std::string>();
    }
    if (!page.contains("nextCursor")) {
      CHECK(pages == 3);
      break;
    }
    cursor = page["nextCursor"];
    REQUIRE(pages < 3);
  }
  CHECK(names == "12345");
  std::string changed = cursor;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  changed.front() = changed.front() == 'A' ? 'B' : 'A';
  for (const std::string& foreign : {changed, std::string(), std::string("2"), cursor + "A"}) {
    CHECK(error_of(rig.post(session, request("tools/list", {{"cursor", foreign}})))["code"] == -32602);
  }
  CHECK(error_of(rig.post(session, request("prompts/list", {{"cursor", cursor}})))["code"] == -32602);
  CHECK(error_of(rig.post(rig.open_session(), request("tools/list", {{"cursor", cursor}})))["code"] == -32602);
}

TEST_CASE("a list that comes too late is announced when it has come", "[list][LST-03]") {
  FullRig rig({"a", "b"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend(1).on("tools/list", [&](const auto& exchange) { held = exchange; });
  const std::string session = rig.open_session();
  Request get = delete_request(session);
  get.method = "GET";
  get.headers.set("Accept", "text/event-stream");
  const auto listener = rig.start(get);
  const auto writer = rig.start(post_request(session, request("tools/list")));
  rig.executor.advance(5s);
  CHECK(result_of(writer->response())["tools"].size() == 1);
  CHECK(events_of(listener->response()).empty());
  held->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"tools":[]}}}})", id_of(held->request.body)));
  CHECK(events_of(listener->response()) ==
        std::vector<std::string>{R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})"});
}

TEST_CASE("a log level is checked, told to the backends there are, and to those that join later", "[log][LOG-01]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "logging/setLevel", json::object());
    serve(*backend, "prompts/get", {{"messages", json::array()}});
    serve(*backend, "prompts/list", {{"prompts", {named("greet")}}});
  }
  serve(rig.backend(1), "tools/list", {{"tools", json::array()}});
  const std::string session = rig.open_session();
  CHECK(error_of(rig.post(session, request("logging/setLevel", {{"level", "loud"}})))["code"] == -32602);
  rig.post(session, request("prompts/list"));  // both have an upstream session now
  CHECK(result_of(rig.post(session, request("logging/setLevel", {{"level", "warning"}}))) == json::object());
  for (auto& backend : rig.backends) {
    REQUIRE(backend->count("logging/setLevel") == 1);
    CHECK(json::parse(backend->seen("logging/setLevel")[0].body)["params"]["level"] == "warning");
  }
  rig.backend(1).forget_sessions();
  rig.post(session, request("prompts/get", named("b__greet")));
  CHECK(rig.backend(1).count("logging/setLevel") == 2);
  CHECK(rig.backend(0).count("logging/setLevel") == 1);
}

TEST_CASE("a backend that the session meets later is told the log level before its first call", "[log][LOG-01]") {
  FullRig rig({"a", "b"});
  rig.backend(0).set_capabilities(R"({"tools":{}})");
  serve(rig.backend(1), "logging/setLevel", json::object());
  const std::string session = rig.open_session();
  CHECK(result_of(rig.post(session, request("logging/setLevel", {{"level", "error"}}))) == json::object());
  for (auto& backend : rig.backends) {
    CHECK(backend->seen().empty());  // nobody needs an upstream session for that
  }
  rig.post(session, call_body("2", "b__echo"));
  rig.post(session, call_body("3", "a__echo"));
  const std::vector<std::string> before_call{"initialize", "notifications/initialized", "logging/setLevel"};
  const std::vector<Seen> seen = rig.backend(1).seen();
  REQUIRE(seen.size() > before_call.size());
  for (std::size_t i = 0; i < before_call.size(); ++i) {
    CHECK(seen[i].rpc_method == before_call[i]);
  }
  CHECK(json::parse(seen[2].body)["params"] == json{{"level", "error"}});
  CHECK(seen[2].headers.get("Mcp-Session-Id") == "b-session-1");
  CHECK(rig.backend(1).count("tools/call") == 1);
  CHECK(rig.backend(1).count("logging/setLevel") == 1);
  CHECK(rig.backend(0).count("tools/call") == 1);
  CHECK(rig.backend(0).count("logging/setLevel") == 0);  // it declares no logging
}

TEST_CASE("the latest log level is the one that a backend is told, and its refusal keeps no call from it", "[log]") {
  FullRig rig({"a"});
  refuse(rig.backend(), "logging/setLevel");
  const std::string session = rig.open_session();
  rig.post(session, request("logging/setLevel", {{"level", "error"}}));
  rig.post(session, request("logging/setLevel", {{"level", "debug"}}));
  CHECK_FALSE(result_of(rig.post(session, call_body("2", "echo"))).is_null());
  REQUIRE(rig.backend().count("logging/setLevel") == 1);
  CHECK(json::parse(rig.backend().seen("logging/setLevel")[0].body)["params"]["level"] == "debug");
}

TEST_CASE("subscriptions are made at the owner, and again after it lost the session", "[subscription]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "resources/list", {{"resources", {resource("x://1")}}});
    for (const std::string method : {"resources/subscribe", "resources/unsubscribe", "resources/read"}) {
      serve(*backend, method, json::object());
    }
  }
  const std::string session = rig.open_session();
  rig.post(session, request("resources/list"));
  CHECK(result_of(rig.post(session, request("resources/subscribe", {{"uri", "b+x://1"}}))) == json::object());
  CHECK(rig.backend(0).count("resources/subscribe") == 0);
  CHECK(json::parse(rig.backend(1).seen("resources/subscribe")[0].body)["params"]["uri"] == "x://1");
  rig.backend(1).forget_sessions();
  rig.post(session, request("resources/read", {{"uri", "b+x://1"}}));
  CHECK(rig.backend(1).count("resources/subscribe") == 2);
  rig.post(session, request("resources/unsubscribe", {{"uri", "b+x://1"}}));
  rig.backend(1).forget_sessions();
  rig.post(session, request("resources/read", {{"uri", "b+x://1"}}));
  CHECK(rig.backend(1).count("resources/subscribe") == 2);
}

TEST_CASE("what the backend refuses to subscribe to is not made again, and the limit holds", "[subscription][limits]") {
  RouterOptions options;
  options.limits.max_subscriptions = 1;
  FullRig rig({"a"}, options);
  refuse(rig.backend(), "resources/subscribe");
  const std::string session = rig.open_session();
  rig.post(session, request("resources/subscribe", {{"uri", "x://1"}}));
  CHECK(rig.store.find(session, rig.executor.now())->subscriptions.empty());
  serve(rig.backend(), "resources/subscribe", json::object());
  rig.post(session, request("resources/subscribe", {{"uri", "x://1"}}));
  const json refused = error_of(rig.post(session, request("resources/subscribe", {{"uri", "x://2"}})));
  CHECK(refused["data"]["reason"] == "too_many_subscriptions");
}

TEST_CASE("an update names the URI that the client knows, or one below it", "[subscription][TRAP-16]") {
  FullRig rig({"a", "b"});
  for (auto& backend : rig.backends) {
    serve(*backend, "resources/list", {{"resources", {resource("x://1")}}});
  }
  std::shared_ptr<MemoryExchange> stream;
  rig.backend(1).on("GET", [&](const auto& exchange) {
    stream = exchange;
    exchange->head(200, {{"Content-Type", "text/event-stream"}});
  });
  const std::string session = rig.open_session();
  rig.post(session, request("resources/list"));
  Request get = delete_request(session);
  get.method = "GET";
  get.headers.set("Accept", "text/event-stream");
  const auto listener = rig.start(get);
  for (const std::string uri : {"x://1", "x://1/below"}) {
    stream->body(
        "data: " +
        json{{"jsonrpc", "2.0"}, {"method", "notifications/resources/updated"}, {"params", {{"uri", uri}}}}.dump() +
        "\n\n");
  }
  const auto events = events_of(listener->response());
  REQUIRE(events.size() == 2);
  CHECK(json::parse(events[0])["params"]["uri"] == "b+x://1");
  CHECK(json::parse(events[1])["params"]["uri"] == "b+x://1/below");
}

TEST_CASE("ids of tasks are ours, always the same, and lead to their owner", "[tasks][TSL-06]") {
  FullRig rig({"a", "b"});
  const json task = {{"taskId", "t1"}, {"status", "working"}};
  serve(rig.backend(1), "tools/call", {{"task", task}});
  serve(rig.backend(1), "tasks/get", task);
  const std::string session = rig.open_session();
  rig.post(session, request("tools/list"));
  const std::string id = result_of(
      rig.post(session, request("tools/call", {{"name", "b__echo"}, {"task", {{"ttl", 1000}}}})))["task"]["taskId"];
  CHECK(id != "t1");
  const json got = result_of(rig.post(session, request("tasks/get", {{"taskId", id}})));
  CHECK(got["taskId"] == id);
  CHECK(json::parse(rig.backend(1).seen("tasks/get")[0].body)["params"]["taskId"] == "t1");
  for (const json& foreign : {json("t1"), json(id + "A"), json(1)}) {
    CHECK(error_of(rig.post(session, request("tasks/cancel", {{"taskId", foreign}})))["code"] == -32602);
  }
  // Nobody knows who an anonymous client is.
  CHECK(error_of(rig.post(session, request("tasks/list")))["code"] == -32601);
}
