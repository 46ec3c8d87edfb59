#include "backend/modern_call.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <variant>

#include "protocol/param_schema.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace mcprouter::detail;
using nlohmann::json;

namespace {

const ClientMeta kMeta{R"({"roots":{}})", R"({"name":"c"})", R"("debug")"};

std::string spliced(std::string_view request) { return with_request_meta(request, kMeta); }

json meta_of(const std::string& request) { return json::parse(request).at("params").at("_meta"); }

std::vector<ParamHeader> params(std::string_view schema) {
  return std::get<std::vector<ParamHeader>>(read_param_headers(schema));
}

HttpRequest post(const std::string& body, const std::vector<ParamHeader>* annotated = nullptr,
                 const Headers& param_headers = {}) {
  Backend backend;
  backend.url = "http://a.test/mcp";
  backend.headers.set = {{"X-Key", "k"}};
  return modern_request(backend, {{"traceparent", "t"}}, body, kMeta, param_headers, annotated, {});
}

}  // namespace

TEST_CASE("a request gets our _meta wherever it had none", "[modern_backend][META-01]") {
  const json expected = {{"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
                         {"io.modelcontextprotocol/clientCapabilities", {{"roots", json::object()}}},
                         {"io.modelcontextprotocol/clientInfo", {{"name", "c"}}},
                         {"io.modelcontextprotocol/logLevel", "debug"}};
  for (const char* request : {
           R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})",
           R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{}} )",
           R"({"params":{ },"jsonrpc":"2.0","id":1,"method":"tools/list"})",
           R"({"params":{"cursor":"}"},"jsonrpc":"2.0","id":1,"method":"tools/list"})",
           R"({"params":{"_meta":{}},"jsonrpc":"2.0","id":1,"method":"tools/list"})",
           R"({"params":{"_meta":null,"a":1},"jsonrpc":"2.0","id":1,"method":"tools/list"})",
       }) {
    CAPTURE(request);
    const std::string result = spliced(request);
    CHECK(meta_of(result) == expected);
    json without = json::parse(result);
    json before = json::parse(request);
    if (!before.contains("params")) before["params"] = json::object();
    without["params"].erase("_meta");
    before["params"].erase("_meta");
    CHECK(without == before);
  }
}

TEST_CASE("of what a client says in _meta, ours is replaced and the rest stays to the letter",
          "[modern_backend][META-12]") {
  const std::string result = spliced(
      R"({"id":1,"params":{"a":1.0,"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25","x.y/z":1.50,)"
      R"("io.modelcontextprotocol/clientCapabilities":{"sampling":{}},"progressToken":9007199254740993,)"
      R"("io.modelcontextprotocol\/logLevel":"error","q\"":"\u00e4","traceparent":"00"},"b":2},"method":"m"})");
  CHECK(result.find(R"("x.y/z":1.50,"progressToken":9007199254740993,"q\"":"\u00e4","traceparent":"00"},"b":2)") !=
        std::string::npos);
  CHECK(result.find("2025-11-25") == std::string::npos);
  CHECK(result.find("sampling") == std::string::npos);
  CHECK(result.find("error") == std::string::npos);
  CHECK(meta_of(result)["io.modelcontextprotocol/logLevel"] == "debug");
}

TEST_CASE("who set no log level asks for no log messages", "[modern_backend]") {
  const std::string result = with_request_meta(
      R"({"id":1,"method":"m","params":{"_meta":{"io.modelcontextprotocol/logLevel":"debug"}}})", {"{}", "{}", ""});
  CHECK_FALSE(meta_of(result).contains("io.modelcontextprotocol/logLevel"));
}

TEST_CASE("what a request says of its client comes from the session", "[modern_backend][SMP-02]") {
  SessionRecord session;
  session.client_capabilities =
      R"({"roots":{"listChanged":true},"sampling":{"context":{},"tools":{}},"elicitation":{"url":{}},)"
      R"("extensions":{"e":{}},"experimental":{"x":{}},"tasks":{}})";
  session.client_info = R"({"name":"client","version":"2"})";
  session.log_level = "warning";
  const ClientMeta meta = request_meta(session, {}, Extensions::none);
  CHECK(meta.capabilities == R"({"roots":{},"sampling":{"tools":{}},"elicitation":{"url":{}}})");
  CHECK(meta.client_info == session.client_info);
  CHECK(meta.log_level == R"("warning")");

  const ClientMeta nobody = request_meta({}, {"me", "3", ""}, Extensions::tasks);
  CHECK(nobody.capabilities == R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})");
  CHECK(nobody.client_info == R"({"name":"me","version":"3"})");
  CHECK(nobody.log_level.empty());
}

TEST_CASE("headers mirror the method and what it names", "[modern_backend][HDR-01][HDR-02][HDR-03][HDR-08]") {
  struct Row {
    std::string method, params, name;
  };
  for (const Row& row : std::vector<Row>{
           {"tools/call", R"({"name":"a b","uri":"no"})", "a b"},
           {"prompts/get", R"({"name":" a"})", "=?base64?IGE=?="},
           {"resources/read", R"({"uri":"file:///\u00e4","name":"no"})", "=?base64?ZmlsZTovLy/DpA==?="},
           {"tasks/get", R"({"taskId":"t"})", "t"},
           {"tasks/update", R"({"taskId":"t"})", "t"},
           {"tasks/cancel", R"({"taskId":"=?base64?dA==?="})", "=?base64?PT9iYXNlNjQ/ZEE9PT89?="},
           {"tools/list", R"({"name":"no","uri":"no","taskId":"no"})", ""},
           {"completion/complete", R"({"name":"no"})", ""},
       }) {
    CAPTURE(row.method);
    const HttpRequest request =
        post(R"({"jsonrpc":"2.0","id":1,"method":")" + row.method + R"(","params":)" + row.params + "}");
    CHECK(request.method == "POST");
    CHECK(request.headers.get("MCP-Protocol-Version") == "2026-07-28");
    CHECK(request.headers.get("Mcp-Method") == row.method);
    CHECK(request.headers.count("Mcp-Name") == (row.name.empty() ? 0 : 1));
    CHECK(request.headers.get("Mcp-Name") == row.name);
    CHECK_FALSE(request.headers.has("Mcp-Session-Id"));
    CHECK(request.headers.get("Content-Type") == "application/json");
    CHECK(request.headers.get("Accept") == "application/json, text/event-stream");
    CHECK(request.headers.get("X-Key") == "k");
    CHECK(request.headers.get("traceparent") == "t");
  }
}

TEST_CASE("annotated arguments are mirrored, what the client sent for them is not, the rest of it passes",
          "[modern_backend][PAR-03][PAR-07][PAR-08][TRAP-07]") {
  const auto annotated =
      params(R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
             R"("n":{"type":"integer","x-mcp-header":"N"},"absent":{"type":"string","x-mcp-header":"Absent"}}})");
  const std::string body =
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"t","arguments":{"region":"","n":42}}})";
  const Headers sent{{"mcp-param-region", "elsewhere"}, {"Mcp-Param-Absent", "x"}, {"Mcp-Param-Zzz", "1"}};

  const HttpRequest known = post(body, &annotated, sent);
  CHECK(known.headers.count("Mcp-Param-Region") == 1);
  REQUIRE(known.headers.has("Mcp-Param-Region"));
  CHECK(known.headers.get("Mcp-Param-Region").empty());
  CHECK(known.headers.get("Mcp-Param-N") == "42");
  CHECK_FALSE(known.headers.has("Mcp-Param-Absent"));
  CHECK(known.headers.get("Mcp-Param-Zzz") == "1");

  const HttpRequest unknown = post(body, nullptr, sent);
  CHECK(unknown.headers.get("Mcp-Param-Region") == "elsewhere");
  CHECK_FALSE(unknown.headers.has("Mcp-Param-N"));
  CHECK(unknown.headers.get("Mcp-Param-Zzz") == "1");
}
