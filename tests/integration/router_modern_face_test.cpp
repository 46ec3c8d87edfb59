#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kServerInfo = "io.modelcontextprotocol/serverInfo";

json result_of(const Response& response) { return answer_of(response)["result"]; }
int code_of(const Response& response) { return answer_of(response)["error"]["code"]; }

}  // namespace

TEST_CASE("server/discover says what the backends have, in every version that is served", "[modern][DSC-01][DSC-02]") {
  Rig rig({"a", "b"});
  const Response response = rig.send(modern_request("d", "server/discover"));
  CHECK(response.status == 200);
  CHECK_FALSE(response.headers.has("Mcp-Session-Id"));
  const json result = result_of(response);
  CHECK(answer_of(response)["id"] == "d");
  CHECK(result["supportedVersions"] == json({"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"}));
  CHECK(result["capabilities"] == json::parse(R"({"tools":{"listChanged":true}})"));
  CHECK(result["resultType"] == "complete");
  CHECK(result["cacheScope"] == "public");
  CHECK(result["ttlMs"].is_number_unsigned());
  CHECK(result["_meta"][kServerInfo]["name"] == "mcprouter");
  CHECK(rig.store.size() == 0);
}

TEST_CASE("a modern request makes, reads and ends no session", "[modern][HTTP-18]") {
  Rig rig({"a"});
  const std::string session = rig.open_session();
  Request request = modern_request(1, "tools/list");
  request.headers.add("Mcp-Session-Id", "made up");
  const Response response = rig.send(std::move(request));
  CHECK(response.status == 200);
  CHECK_FALSE(response.headers.has("Mcp-Session-Id"));
  CHECK(result_of(response)["tools"][0]["name"] == "echo");
  for (const char* const method : {"GET", "DELETE"}) {
    Request other = delete_request(session);
    other.method = method;
    other.headers.add("Accept", "text/event-stream");
    other.headers.add("MCP-Protocol-Version", "2026-07-28");
    const Response refused = rig.send(std::move(other));
    CHECK(refused.status == 405);
    CHECK(refused.headers.get("Allow") == "POST");
  }
  CHECK(rig.post(session, R"({"jsonrpc":"2.0","id":1,"method":"ping"})").status == 200);
}

TEST_CASE("an array under a modern version is refused, whatever session it names", "[modern][HTTP-09][HTTP-18]") {
  Rig rig({"a"});
  const std::string session = rig.open_session("2025-03-26");
  rig.executor.advance(29min);
  Request batch = post_request(session, R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])");
  batch.headers.add("MCP-Protocol-Version", "2026-07-28");
  const Response refused = rig.send(std::move(batch));
  CHECK(refused.status == 400);
  CHECK(code_of(refused) == -32600);
  CHECK_FALSE(refused.headers.has("MCP-Protocol-Version"));
  rig.executor.advance(1min);  // its time went on
  CHECK(rig.post(session, R"({"jsonrpc":"2.0","id":1,"method":"ping"})").status == 404);
}

TEST_CASE("methods that this era has not are answered 404 and -32601", "[modern][HTTP-19]") {
  Rig rig({"a"});
  for (const char* const method :
       {"initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/result", "prompts/list", "made/up"}) {
    const Response response = rig.send(modern_request(7, method));
    CAPTURE(method);
    CHECK(response.status == 404);
    CHECK(code_of(response) == -32601);
    CHECK(answer_of(response)["id"] == 7);
  }
}

TEST_CASE("what a message says of itself is checked in order, and refused with its id", "[modern][VER-07][META-02]") {
  Rig rig({"a"});
  Request no_header = modern_request("x", "tools/list");
  no_header.headers.remove("MCP-Protocol-Version");
  const Response mismatch = rig.send(std::move(no_header));
  CHECK(mismatch.status == 400);
  CHECK(code_of(mismatch) == -32020);
  CHECK(answer_of(mismatch)["id"] == "x");

  Request no_meta = post_request({}, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  no_meta.headers.add("MCP-Protocol-Version", "2026-07-28");
  const Response missing = rig.send(std::move(no_meta));
  CHECK(missing.status == 400);
  CHECK(code_of(missing) == -32602);

  json params;
  params["_meta"]["io.modelcontextprotocol/protocolVersion"] = "2099-01-01";
  params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json::object();
  Request newer =
      post_request({}, json{{"jsonrpc", "2.0"}, {"id", 2}, {"method", "server/discover"}, {"params", params}}.dump());
  newer.headers.add("MCP-Protocol-Version", "2099-01-01");
  newer.headers.add("Mcp-Method", "server/discover");
  const Response unsupported = rig.send(std::move(newer));
  CHECK(unsupported.status == 400);
  CHECK(code_of(unsupported) == -32022);
  CHECK(answer_of(unsupported)["error"]["data"]["requested"] == "2099-01-01");

  json bad_level;
  bad_level["_meta"]["io.modelcontextprotocol/logLevel"] = "loud";
  CHECK(code_of(rig.send(modern_request(3, "tools/list", bad_level))) == -32602);
  const Response unknown = rig.send(modern_request(4, "made/up", bad_level));
  CHECK(unknown.status == 404);
  CHECK(code_of(unknown) == -32601);
}

TEST_CASE("a notification is accepted and does nothing, an answer is refused", "[modern][CAN-05][HTTP-09]") {
  Rig rig({"a"});
  Request cancelled =
      post_request({}, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})");
  cancelled.headers.add("MCP-Protocol-Version", "2026-07-28");
  const Response accepted = rig.send(std::move(cancelled));
  CHECK(accepted.status == 202);
  CHECK(accepted.body.empty());
  Request answer = post_request({}, R"({"jsonrpc":"2.0","id":1,"result":{}})");
  answer.headers.add("MCP-Protocol-Version", "2026-07-28");
  CHECK(rig.send(std::move(answer)).status == 400);
}

TEST_CASE("lists come in pages with hints, and a cursor is good for its principal", "[modern][CCH-01][PAG-02]") {
  RouterOptions options;
  options.limits.max_page = 1;
  Rig rig({"a"}, options);
  rig.backend().set_tools({"one", "two"});
  const json first = result_of(rig.send(modern_request(1, "tools/list")));
  CHECK(first["tools"].size() == 1);
  CHECK(first["ttlMs"] == 0);
  CHECK(first["cacheScope"] == "private");
  const json second = result_of(rig.send(modern_request(2, "tools/list", {{"cursor", first["nextCursor"]}})));
  CHECK(second["tools"][0]["name"] == "two");
  CHECK_FALSE(second.contains("nextCursor"));
  CHECK(code_of(rig.send(modern_request(3, "tools/list", {{"cursor", "made up"}}))) == -32602);
}

TEST_CASE("a call reaches a legacy backend without what only modern servers know", "[modern][META-12]") {
  Rig rig({"a"});
  json params = {{"name", "echo"}, {"arguments", {{"n", 1}}}};
  params["_meta"]["example.org/trace"] = "kept";
  const Response response = rig.send(modern_request(5, "tools/call", params));
  CHECK(response.status == 200);
  const json result = result_of(response);
  CHECK(result["resultType"] == "complete");
  CHECK(result["content"][0]["text"] == "a");
  CHECK(result["_meta"][kServerInfo]["name"] == "mcprouter");
  const json sent = json::parse(rig.backend().seen("tools/call")[0].body);
  CHECK(sent["id"] != 5);
  CHECK(sent["params"]["_meta"] == json::parse(R"({"example.org/trace":"kept"})"));
  CHECK(sent["params"]["arguments"]["n"] == 1);
  const Headers headers = rig.backend().seen("tools/call")[0].headers;
  CHECK_FALSE(headers.has("Mcp-Method"));
  CHECK(headers.get("MCP-Protocol-Version") == "2025-11-25");
}

TEST_CASE("an unknown tool is an error of the request, not of HTTP", "[modern][ERR-08]") {
  Rig rig({"a", "b"});
  const Response response = rig.send(modern_request(5, "tools/call", {{"name", "nobody__has"}}));
  CHECK(response.status == 200);
  CHECK(code_of(response) == -32602);
}

TEST_CASE("an anonymous client's call has a session of its own, which ends with it", "[modern][affinity]") {
  Rig rig({"a"});
  for (int call = 0; call < 2; ++call) {
    rig.send(modern_request(call, "tools/call", {{"name", "echo"}}));
  }
  rig.executor.run();
  CHECK(rig.backend().count("initialize") == 2);
  CHECK(rig.backend().count("DELETE") == 2);
  CHECK(rig.backend().live_sessions() == 0);
  CHECK(rig.store.size() == 0);
}

TEST_CASE("lists are asked for in sessions that no call touches", "[modern][affinity][LST-01]") {
  Rig rig({"a"});
  rig.send(modern_request(1, "tools/list"));
  rig.send(modern_request(2, "tools/call", {{"name", "echo"}}));
  rig.send(modern_request(3, "tools/list"));
  CHECK(rig.backend().count("initialize") == 2);
  CHECK(rig.backend().seen("tools/list")[0].headers.get("Mcp-Session-Id") ==
        rig.backend().seen("tools/list")[1].headers.get("Mcp-Session-Id"));
  CHECK(rig.backend().seen("tools/list")[0].headers.get("Mcp-Session-Id") !=
        rig.backend().seen("tools/call")[0].headers.get("Mcp-Session-Id"));
}

TEST_CASE("with affinity shared all principals share a session", "[modern][affinity]") {
  class ByHeader final : public Authenticator {
   public:
    void authenticate(const Request& request, std::function<void(Result)> done) override {
      Result result;
      result.principal = {"issuer", std::string(request.headers.get("X-User")), {}};
      done(std::move(result));
    }
  };
  ByHeader authenticator;
  Rig rig({"a"}, {}, {}, &authenticator);
  std::vector<Backend> backends = rig.configured();
  backends[0].affinity = Affinity::shared;
  rig.router->reload({}, std::move(backends));
  for (const char* const user : {"ann", "bob"}) {
    Request request = modern_request(1, "tools/call", {{"name", "echo"}});
    request.headers.add("X-User", user);
    CHECK(answer_of(rig.send(std::move(request))).contains("result"));
  }
  CHECK(rig.backend().count("initialize") == 1);
}

TEST_CASE("clients that declare other capabilities share no session", "[modern][affinity][TRAP-25]") {
  Rig rig({"a"});
  rig.send(modern_request(1, "tools/list", json::object(), everything()));
  rig.send(modern_request(2, "tools/list"));
  CHECK(rig.backend().count("initialize") == 2);
  const json first = json::parse(rig.backend().seen("initialize")[0].body)["params"]["capabilities"];
  CHECK(first.contains("elicitation"));
  CHECK(json::parse(rig.backend().seen("initialize")[1].body)["params"]["capabilities"] == json::object());
}

TEST_CASE("what no backend is told of makes no session", "[modern][affinity][limits]") {
  SessionLimits limits;
  limits.max_sessions = 10;
  Rig rig({"a"}, {}, limits);
  for (int number = 0; number < 12; ++number) {
    const json capabilities{{"experimental", {{"x", {{"n", number}}}}}, {"elicitation", {{"form", {{"n", number}}}}}};
    CHECK(result_of(rig.send(modern_request(number, "tools/list", json::object(), capabilities)))["tools"].size() == 1);
  }
  CHECK(rig.store.size() == 1);
  const json told = json::parse(rig.backend().seen("initialize").at(0).body)["params"]["capabilities"];
  CHECK(told == json::parse(R"({"elicitation":{"form":{}}})"));
  CHECK_NOTHROW(rig.open_session());
}

TEST_CASE("sessions for a client's sets of capabilities count against its limit", "[modern][affinity][limits]") {
  SessionLimits limits;
  limits.max_sessions_per_client = 2;
  Rig rig({"a", "b"}, {}, limits);
  const auto list = [&](const char* capabilities, const std::string& peer) {
    Request request = modern_request(1, "tools/list", json::object(), json::parse(capabilities));
    request.peer = peer;
    return answer_of(rig.send(std::move(request)));
  };
  CHECK(list("{}", "192.0.2.1")["result"]["tools"].size() == 2);
  CHECK(list(R"({"roots":{}})", "192.0.2.1")["result"]["tools"].size() == 2);
  CHECK(list(R"({"sampling":{}})", "192.0.2.1").contains("error"));
  CHECK(rig.store.size() == 4);
  CHECK(list(R"({"sampling":{}})", "192.0.2.2")["result"]["tools"].size() == 2);
}
