#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"
#include "support/trusting_authenticator.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A router in front of legacy backends whose sessions modern clients open themselves.
struct Handles {
  explicit Handles(const std::vector<std::string>& names = {"a"}, SessionLimits limits = {},
                   Authenticator* authenticator = nullptr, const std::string& capabilities = R"({"tools":{}})")
      : rig(names, {}, limits, authenticator, capabilities) {
    std::vector<Backend> backends = rig.configured();
    for (Backend& backend : backends) {
      backend.affinity = Affinity::handle;
    }
    rig.router->reload({}, std::move(backends));
  }

  json send(const std::string& method, const json& params = json::object(), const std::string& user = {},
            const json& capabilities = json::object()) {
    Request request = modern_request(++last_id, method, params, capabilities);
    request.headers.add("X-User", user);
    const json answer = answer_of(rig.send(std::move(request)));
    return answer.value("result", answer);
  }
  json call(const std::string& tool, const json& arguments, const std::string& user = {},
            const json& capabilities = json::object()) {
    return send("tools/call", {{"name", tool}, {"arguments", arguments}}, user, capabilities);
  }
  std::string open(const std::string& opener = "open_session", const std::string& user = {}) {
    return call(opener, json::object(), user)["structuredContent"]["session"];
  }
  std::vector<std::string> tool_names() {
    std::vector<std::string> names;
    const json result = send("tools/list");
    for (const json& tool : result["tools"]) {
      names.push_back(tool["name"]);
    }
    return names;
  }
  /// The backend's sessions that its tools were called in, one for each call.
  std::vector<std::string> sessions_called_in() {
    std::vector<std::string> sessions;
    for (const Seen& seen : rig.backend().seen("tools/call")) {
      sessions.emplace_back(seen.headers.get("Mcp-Session-Id"));
    }
    return sessions;
  }

  Rig rig;
  int last_id = 0;
};

bool is_refused(const json& result, const std::string& text) {
  return result.value("isError", false) &&
         result["content"][0]["text"].get<std::string>().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a modern client's list has a tool that opens sessions, and an argument that names one",
          "[modern][affinity][handle]") {
  Handles handles({"a", "b"});
  CHECK(handles.tool_names() == std::vector<std::string>{"a__open_session", "a__echo", "b__open_session", "b__echo"});
  const json tools = handles.send("tools/list")["tools"];
  CHECK(tools[0]["inputSchema"]["properties"].empty());
  CHECK(tools[1]["inputSchema"]["required"] == json({"session"}));
  const std::string description = tools[1]["inputSchema"]["properties"]["session"]["description"];
  CHECK(description.find("a__open_session") != std::string::npos);
}

TEST_CASE("a legacy client's list is the backend's", "[affinity][handle]") {
  Handles handles;
  const std::string session = handles.rig.open_session();
  const json result = ask(handles.rig, session, "tools/list", "{}")["result"];
  CHECK(result["tools"] == json::parse(R"([{"name":"echo","inputSchema":{"type":"object"}}])"));
}

TEST_CASE("calls with the same handle share a session, and no others do", "[modern][affinity][handle]") {
  Handles handles;
  const json opened = handles.call("open_session", json::object());
  const std::string first = opened["structuredContent"]["session"];
  CHECK(json::parse(opened["content"][0]["text"].get<std::string>()) == opened["structuredContent"]);
  CHECK_FALSE(opened.contains("isError"));
  CHECK(handles.rig.backend().count("tools/call") == 0);
  const std::string second = handles.open();
  CHECK(first != second);
  CHECK(handles.call("echo", {{"n", 1}, {"session", first}})["content"][0]["text"] == "a");
  handles.call("echo", {{"session", second}});
  handles.call("echo", {{"session", first}});
  const std::vector<std::string> sessions = handles.sessions_called_in();
  CHECK(sessions[0] == sessions[2]);
  CHECK(sessions[0] != sessions[1]);
  const std::vector<Seen> calls = handles.rig.backend().seen("tools/call");
  CHECK(json::parse(calls[0].body)["params"]["arguments"] == json::parse(R"({"n":1})"));
  CHECK(json::parse(calls[1].body)["params"]["arguments"] == json::object());
  CHECK(handles.rig.backend().count("DELETE") == 0);
}

TEST_CASE("a call that names no session is a tool's error that says how to open one", "[modern][affinity][handle]") {
  Handles handles({"a", "b"});
  const std::string of_b = handles.open("b__open_session");
  CHECK(is_refused(handles.call("a__echo", json::object()), "a__open_session"));
  CHECK(is_refused(handles.send("tools/call", {{"name", "a__echo"}}), "needs a session"));
  for (const json& made_up : {json("made up"), json(""), json(7), json(of_b)}) {
    CHECK(is_refused(handles.call("a__echo", {{"session", made_up}}), "session names no session"));
  }
  CHECK(handles.rig.backend().count("tools/call") == 0);
}

TEST_CASE("another principal's handle is as good as one that never was", "[modern][handle][SEC-03][S5]") {
  TrustingAuthenticator authenticator;
  Handles handles({"a"}, {}, &authenticator);
  const std::string handle = handles.open("open_session", "ann");
  const json unknown = handles.call("echo", {{"session", "made up"}}, "bob");
  CHECK(is_refused(unknown, "names no session"));
  CHECK(handles.call("echo", {{"session", handle}}, "bob") == unknown);
  CHECK(handles.call("echo", {{"session", handle}}, "ann")["content"][0]["text"] == "a");
}

TEST_CASE("a session has the capabilities that it was opened with", "[modern][handle][TRAP-25]") {
  Handles handles;
  const std::string handle = handles.open();
  CHECK(is_refused(handles.call("echo", {{"session", handle}}, {}, everything()), "names no session"));
}

TEST_CASE("a session is found whatever else a client declares, and in whatever words", "[modern][handle][TRAP-25]") {
  Handles handles;
  const std::string handle = handles.call("open_session", json::object(), {},
                                          {{"elicitation", json::object()}})["structuredContent"]["session"];
  const json again = json::parse(R"({"elicitation":{"form":{"x":1}},"experimental":{"a":{}},"extensions":{"b/c":{}}})");
  CHECK_FALSE(handles.call("echo", {{"session", handle}}, {}, again).contains("isError"));
}

TEST_CASE("an expired session is not made anew: the client is told", "[modern][handle]") {
  Handles handles;
  const std::string handle = handles.open();
  handles.call("echo", {{"session", handle}});
  handles.rig.executor.advance(29min);
  handles.call("echo", {{"session", handle}});
  handles.rig.executor.advance(29min);
  CHECK_FALSE(handles.call("echo", {{"session", handle}}).contains("isError"));
  handles.rig.executor.advance(31min);
  const json expired = handles.call("echo", {{"session", handle}});
  CHECK(is_refused(expired, "has expired"));
  CHECK(is_refused(expired, "open_session"));
  CHECK(handles.rig.backend().count("tools/call") == 3);
  CHECK(handles.rig.backend().count("DELETE") >= 1);
}

TEST_CASE("sessions that a client opens count against its limit", "[modern][handle][limits]") {
  SessionLimits limits;
  limits.max_sessions_per_client = 2;
  Handles handles({"a"}, limits);
  handles.open();
  handles.open();
  CHECK(handles.call("open_session", json::object())["error"]["data"]["reason"] == "too_many_sessions");
}

TEST_CASE("a client is the same whatever it calls itself", "[modern][handle][limits][META-05]") {
  SessionLimits limits;
  limits.max_sessions_per_client = 2;
  Handles handles({"a"}, limits);
  json refused;
  for (const char* const name : {"one", "two", "three"}) {
    json params{{"name", "open_session"}};
    params["_meta"]["io.modelcontextprotocol/clientInfo"] = {{"name", name}, {"version", "1"}};
    refused = handles.send("tools/call", params);
  }
  CHECK(refused["error"]["data"]["reason"] == "too_many_sessions");
}

TEST_CASE("a backend's own tool of that name is called like any other", "[modern][handle]") {
  Handles handles;
  handles.rig.backend().set_tools({"open_session", "echo"});
  CHECK(handles.tool_names() == std::vector<std::string>{"open_session_2", "open_session", "echo"});
  CHECK(is_refused(handles.call("open_session", json::object()), "open_session_2"));
  const std::string handle = handles.open("open_session_2");
  handles.call("open_session", {{"session", handle}});
  CHECK(json::parse(handles.rig.backend().seen("tools/call").at(0).body)["params"]["name"] == "open_session");
}

TEST_CASE("a tool's own argument of that name is the tool's", "[modern][handle]") {
  Handles handles;
  answer_with(handles.rig.backend(), "tools/list",
              R"({"tools":[{"name":"t","inputSchema":{"properties":{"session":{"type":"string"}}}}]})");
  CHECK(handles.send("tools/list")["tools"][1]["inputSchema"]["required"] == json({"session_2"}));
  const std::string handle = handles.open();
  handles.call("t", {{"session", "own"}, {"session_2", handle}});
  CHECK(json::parse(handles.rig.backend().seen("tools/call").at(0).body)["params"]["arguments"] ==
        json::parse(R"({"session":"own"})"));
}

TEST_CASE("what has no arguments runs in a session of its own", "[modern][handle][affinity]") {
  Handles handles({"a"}, {}, nullptr, R"({"tools":{},"prompts":{},"resources":{},"completions":{}})");
  declare_everything(handles.rig.backend());
  set_prompts(handles.rig.backend(), {"p"});
  set_resources(handles.rig.backend(), {"x://1"});
  handles.send("prompts/get", {{"name", "p"}});
  handles.send("resources/read", {{"uri", "x://1"}});
  handles.rig.executor.run();
  CHECK(handles.rig.backend().count("prompts/get") == 1);
  CHECK(handles.rig.backend().count("resources/read") == 1);
  CHECK(handles.rig.backend().count("initialize") == 2);
  CHECK(handles.rig.backend().count("DELETE") == 2);
}

TEST_CASE("a list stays the same whatever is opened and called", "[modern][handle][LST-01]") {
  Handles handles;
  const json before = handles.send("tools/list")["tools"];
  handles.call("echo", {{"session", handles.open()}});
  CHECK(handles.send("tools/list")["tools"] == before);
  const std::vector<Seen> lists = handles.rig.backend().seen("tools/list");
  const auto called = handles.sessions_called_in();
  CHECK(std::none_of(lists.begin(), lists.end(),
                     [&](const Seen& seen) { return seen.headers.get("Mcp-Session-Id") == called.at(0); }));
}

TEST_CASE("a session that the backend forgot is made anew within the call", "[modern][handle]") {
  Handles handles;
  const std::string handle = handles.open();
  handles.call("echo", {{"session", handle}});
  handles.rig.backend().forget_sessions();
  CHECK(handles.call("echo", {{"session", handle}})["content"][0]["text"] == "a");
}

TEST_CASE("a call within a session waits for its client like any other", "[modern][handle][mrtr]") {
  Handles handles;
  std::shared_ptr<MemoryExchange> held;
  handles.rig.backend().on("GET", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  handles.rig.backend().on("tools/call", [&held](const auto& exchange) {
    held = exchange;
    held->head(200, {{"Content-Type", "text/event-stream"}});
  });
  const json opened = handles.call("open_session", json::object(), {}, everything());
  json params = {{"name", "echo"}, {"arguments", opened["structuredContent"]}};
  const auto start = [&] {
    auto writer = handles.rig.start(modern_request(1, "tools/call", params, everything()));
    handles.rig.executor.run();
    return writer;
  };
  const auto first = start();
  held->body("data: " + request_body("elicitation/create", R"({"message":"?"})") + "\n\n");
  handles.rig.executor.advance(10ms);
  params["requestState"] = answer_of(first->response())["result"]["requestState"];
  params["inputResponses"]["q1"]["action"] = "decline";
  const auto second = start();
  held->body(R"(data: {"jsonrpc":"2.0","id":)" + id_of(held->request.body) + R"(,"result":{"content":[]}})" + "\n\n");
  held->end();
  handles.rig.executor.run();
  REQUIRE(second->ended());
  CHECK(answer_of(second->response())["result"]["resultType"] == "complete");
  CHECK(handles.rig.backend().count("tools/call") == 1);
  CHECK(handles.rig.backend().count("DELETE") == 0);
}
