#include "protocol/modern_request.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

constexpr const char* good_meta =
    R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

std::string body(const std::string& method, const std::string& params) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}";
}

std::string with_meta(const std::string& meta) { return R"({"_meta":)" + meta + "}"; }

/// A call of the tool that `Mcp-Name` names.
const std::string call = body("tools/call", R"({"name":"echo","_meta":)" + std::string(good_meta) + "}");

Headers call_headers() {
  return {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "echo"}};
}

Headers headers_of(const std::string& method) {
  return {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}};
}

Message read(const std::string& text) {
  const auto outcome = read_message(text, Limits{});
  INFO(text);
  REQUIRE(std::holds_alternative<Message>(outcome));
  return std::get<Message>(outcome);
}

RequestMeta accept(const std::string& text, const Headers& headers) {
  auto outcome = check_modern_request(read(text), headers);
  INFO(text);
  if (const auto* problem = std::get_if<ModernProblem>(&outcome)) {
    FAIL(info(problem->reason).name << ": " << problem->detail);
  }
  return std::get<RequestMeta>(std::move(outcome));
}

ModernProblem refuse(const std::string& text, const Headers& headers) {
  auto outcome = check_modern_request(read(text), headers);
  INFO(text);
  REQUIRE(std::holds_alternative<ModernProblem>(outcome));
  return std::get<ModernProblem>(std::move(outcome));
}

TEST_CASE("percent escapes stand for themselves, unless the host's server decodes header values",
          "[modern-request][HDR-05][HDR-10]") {
  const std::string text =
      body("resources/read", R"({"uri":"x:a%20caf%C3%A9","_meta":)" + std::string(good_meta) + "}");
  Headers headers = headers_of("resources/read");
  headers.add("Mcp-Name", "x:a%20caf%C3%A9");
  accept(text, headers);
  headers.set("Mcp-Name", "x:a caf\xC3\xA9");
  CHECK(refuse(text, headers).reason == Reason::header_mismatch);
  const auto decoded = check_modern_request(read(text), headers, FieldValues::percent_decoded);
  CHECK(std::holds_alternative<RequestMeta>(decoded));
}

TEST_CASE("what a modern request says of its client is handed on", "[modern-request][META-01]") {
  const std::string text = body(
      "tools/list",
      R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-\u00328","io.modelcontextprotocol/clientInfo":)"
      R"({"name":"c"},"io.modelcontextprotocol/clientCapabilities":{"roots":{}},)"
      R"("io.modelcontextprotocol/logLevel":"warning"}})");
  const RequestMeta meta = accept(text, headers_of("tools/list"));
  CHECK(meta.protocol_version == "2026-07-28");
  CHECK(meta.client_info == R"({"name":"c"})");
  CHECK(meta.client_capabilities == R"({"roots":{}})");
  CHECK(meta.log_level == "warning");
}

TEST_CASE("a client need not say its name, nor want a log", "[modern-request][META-03]") {
  const RequestMeta meta = accept(call, call_headers());
  CHECK(meta.client_info.empty());
  CHECK(meta.client_capabilities == "{}");
  CHECK(meta.log_level.empty());
}

TEST_CASE("a request without the version or the capabilities is refused", "[modern-request][META-02]") {
  const std::string version = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28")";
  const std::string capabilities = R"("io.modelcontextprotocol/clientCapabilities":{})";
  for (const std::string& params :
       {std::string("{}"), with_meta("{}"), with_meta("5"), with_meta("{" + version + "}"),
        with_meta("{" + capabilities + "}"),
        with_meta(R"({"io.modelcontextprotocol/protocolVersion":1,)" + capabilities + "}"),
        with_meta("{" + version + R"(,"io.modelcontextprotocol/clientCapabilities":[]})"),
        with_meta("{" + version + "," + capabilities + R"(,"io.modelcontextprotocol/clientInfo":"me"})")}) {
    const ModernProblem problem = refuse(body("tools/list", params), headers_of("tools/list"));
    CHECK(problem.reason == Reason::request_meta_missing);
    CHECK_FALSE(problem.detail.empty());
  }
  const ModernProblem bare = refuse(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})", headers_of("tools/list"));
  CHECK(bare.reason == Reason::request_meta_missing);
}

TEST_CASE("a header that is missing is a mismatch", "[modern-request][HDR-04]") {
  for (const char* const name : {"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"}) {
    Headers headers = call_headers();
    headers.remove(name);
    const ModernProblem problem = refuse(call, headers);
    CHECK(problem.reason == Reason::header_mismatch);
    CHECK(problem.detail == std::string(name) + " is missing");
  }
}

TEST_CASE("a header that says something else than the body is a mismatch", "[modern-request][HDR-05]") {
  const std::vector<std::pair<std::string, std::string>> wrong = {{"MCP-Protocol-Version", "2025-11-25"},
                                                                  {"MCP-Protocol-Version", "2026-07-29"},
                                                                  {"Mcp-Method", "TOOLS/CALL"},
                                                                  {"Mcp-Method", "tools/list"},
                                                                  {"Mcp-Method", ""},
                                                                  {"Mcp-Name", "Echo"},
                                                                  {"Mcp-Name", ""},
                                                                  {"Mcp-Name", "ech\x01o"},
                                                                  {"Mcp-Name", "=?base64?ZWNobw=?="},
                                                                  {"Mcp-Name", "=?BASE64?ZWNobw==?="}};
  for (const auto& [name, value] : wrong) {
    CAPTURE(name, value);
    Headers headers = call_headers();
    headers.set(name, value);
    const ModernProblem problem = refuse(call, headers);
    CHECK(problem.reason == Reason::header_mismatch);
    CHECK(problem.detail.find(name) == 0);
    // What the client sent stays out of the answer.
    if (!value.empty()) CHECK(problem.detail.find(value) == std::string::npos);
  }
}

TEST_CASE("a header that stands there twice is a mismatch, even if both say the same", "[modern-request]") {
  for (const char* const name : {"MCP-Protocol-Version", "Mcp-Method", "Mcp-Name"}) {
    Headers headers = call_headers();
    headers.add(name, *headers.find(name));
    CHECK(refuse(call, headers).reason == Reason::header_mismatch);
  }
}

TEST_CASE("names of headers have no case, and space around values does not count", "[modern-request][HDR-06][HDR-07]") {
  accept(call, {{"mcp-protocol-version", " 2026-07-28"}, {"MCP-METHOD", "tools/call\t"}, {"mcp-name", "   echo  "}});
}

TEST_CASE("Mcp-Name mirrors the name, the URI or the task's id", "[modern-request][HDR-02][HDR-03]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"tools/call", "name"},  {"prompts/get", "name"},    {"resources/read", "uri"},
      {"tasks/get", "taskId"}, {"tasks/update", "taskId"}, {"tasks/cancel", "taskId"}};
  for (const auto& [method, member] : cases) {
    CAPTURE(method);
    const std::string text = body(method, R"({")" + member + R"(":"\u00e9","_meta":)" + std::string(good_meta) + "}");
    Headers headers = headers_of(method);
    CHECK(refuse(text, headers).reason == Reason::header_mismatch);
    headers.set("Mcp-Name", "=?base64?w6k=?=");
    accept(text, headers);
    headers.set("Mcp-Name", "\xC3\xA9");
    CHECK(refuse(text, headers).reason == Reason::header_mismatch);
  }
}

TEST_CASE("a method without Mcp-Name, or params without what it mirrors, need none", "[modern-request]") {
  accept(body("tools/list", R"({"name":"x","_meta":)" + std::string(good_meta) + "}"), headers_of("tools/list"));
  accept(body("tools/call", R"({"name":7,"_meta":)" + std::string(good_meta) + "}"), headers_of("tools/call"));
  accept(body("tools/call", with_meta(good_meta)), headers_of("tools/call"));
}

TEST_CASE("a version that is not ours is answered with those that are", "[modern-request][VER]") {
  for (const std::string version : {"2026-12-24", "2025-11-25", "a\\\"b"}) {
    const std::string text = body("tools/list", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":")" + version +
                                                    R"(","io.modelcontextprotocol/clientCapabilities":{}}})");
    Headers headers = headers_of("tools/list");
    headers.set("MCP-Protocol-Version", version == "a\\\"b" ? "a\"b" : version);
    const ModernProblem problem = refuse(text, headers);
    CHECK(problem.reason == Reason::modern_version_unsupported);
    CHECK(problem.data ==
          R"({"supported":["2026-07-28","2025-11-25","2025-06-18","2025-03-26"],"requested":")" + version + R"("})");
  }
}

TEST_CASE("of several problems the one that conformance expects first is told", "[modern-request]") {
  const std::string old = R"("io.modelcontextprotocol/protocolVersion":"2020-01-01")";
  const std::string capabilities = R"(,"io.modelcontextprotocol/clientCapabilities":{})";
  const auto reason_of = [](const std::string& params, const Headers& headers) {
    return refuse(body("tools/call", params), headers).reason;
  };
  // Without the header, without capabilities, an unsupported version, no Mcp-Method.
  CHECK(reason_of(with_meta("{" + old + "}"), {}) == Reason::header_mismatch);
  CHECK(reason_of(with_meta("{" + old + "}"), {{"MCP-Protocol-Version", "x"}}) == Reason::request_meta_missing);
  CHECK(reason_of(with_meta("{" + old + capabilities + "}"), {{"MCP-Protocol-Version", "x"}}) ==
        Reason::header_mismatch);
  CHECK(reason_of(with_meta("{" + old + capabilities + "}"), {{"MCP-Protocol-Version", "2020-01-01"}}) ==
        Reason::modern_version_unsupported);
  CHECK(reason_of(with_meta(good_meta), {{"MCP-Protocol-Version", "2026-07-28"}}) == Reason::header_mismatch);
}

TEST_CASE("a log level that is none is told of, if nothing else is wrong", "[modern-request][LOG-04]") {
  for (const std::string level : {"\"loud\"", "\"\"", "\"Debug\"", "3", "null"}) {
    const std::string text = body("tools/list", R"({"_meta":{"io.modelcontextprotocol/logLevel":)" + level + "," +
                                                    std::string(good_meta).substr(1) + "}");
    const RequestMeta meta = accept(text, headers_of("tools/list"));
    CHECK_FALSE(meta.log_level_is_known);
    CHECK(meta.log_level.empty());
    CHECK(refuse(text, headers_of("tools/call")).reason == Reason::header_mismatch);
  }
}

TEST_CASE("a notification need not say anything of itself, but what it says must be so", "[modern-request][HDR-11]") {
  const std::string bare = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})";
  const RequestMeta meta = accept(bare, {});
  CHECK(meta.protocol_version.empty());
  CHECK(meta.client_capabilities.empty());
  accept(bare, headers_of("notifications/cancelled"));
  CHECK(refuse(bare, headers_of("notifications/progress")).reason == Reason::header_mismatch);
  const std::string said =
      R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":)" + with_meta(good_meta) + "}";
  CHECK(accept(said, {}).protocol_version == "2026-07-28");
  CHECK(refuse(said, {{"MCP-Protocol-Version", "2025-11-25"}}).reason == Reason::header_mismatch);
  CHECK(refuse(bare, {{"MCP-Protocol-Version", "2099-01-01"}}).reason == Reason::modern_version_unsupported);
}

TEST_CASE("an answer has no place in the modern era", "[modern-request]") {
  for (const std::string tail : {R"("result":{}})", R"("error":{"code":1,"message":"x"}})"}) {
    CHECK(refuse(R"({"jsonrpc":"2.0","id":1,)" + tail, headers_of("")).reason == Reason::invalid_request);
  }
}

}  // namespace
}  // namespace mcprouter::detail
