#include "protocol/legacy_result.hpp"

#include "protocol/version.hpp"
#include "support/catch.hpp"

using namespace mcprouter::detail;

TEST_CASE("an older client's result has nothing that only modern results have", "[translation]") {
  CHECK(legacy_result(
            "resources/read",
            R"({"resultType":"complete","contents":[ {"uri":"a:b","size":1.0} ],"ttlMs":0,"cacheScope":"public",)"
            R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"b"},"x/y":1},"z":12345678901234567890})",
            version_2025_11_25) ==
        R"({"contents":[ {"uri":"a:b","size":1.0} ],"_meta":{"x/y":1},"z":12345678901234567890})");
}

TEST_CASE("an empty result is empty for an older client", "[translation][TRAP-20]") {
  for (const std::string_view result :
       {"{}", R"({"resultType":"complete"})", R"({ "resultType" : "complete" })",
        R"({"resultType":"complete","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"b"}}})"}) {
    CHECK(legacy_result("tasks/cancel", result, version_2025_11_25) == "{}");
  }
}

TEST_CASE("structured content that is no object stands as text for an older client (TOOL-03)", "[translation]") {
  CHECK(legacy_result("tools/call", R"({"content":[],"structuredContent":[1, 2.0]})", version_2025_11_25) ==
        R"({"content":[{"type":"text","text":"[1, 2.0]"}]})");
  CHECK(legacy_result("tools/call", R"({"structuredContent":null})", version_2025_06_18) ==
        R"({"content":[{"type":"text","text":"null"}]})");
  CHECK(legacy_result(
            "tools/call",
            R"({"content":[{"type":"text","text":"[ {\"a\" :\"x \\\" y\"}]"}],"structuredContent":[{"a":"x \" y"}]})",
            version_2025_11_25) == R"({"content":[{"type":"text","text":"[ {\"a\" :\"x \\\" y\"}]"}]})");
  CHECK(legacy_result("tools/call", R"({"content":[{"type":"text","text":"two"}],"structuredContent":[1,2]})",
                      version_2025_11_25) ==
        R"({"content":[{"type":"text","text":"two"},{"type":"text","text":"[1,2]"}]})");
}

TEST_CASE("structured content that is an object reaches clients since 2025-06-18", "[translation]") {
  constexpr std::string_view kResult =
      R"({"content":[{"type":"text","text":"{\"a\":1}"}],"structuredContent":{"a":1}})";
  CHECK(legacy_result("tools/call", kResult, version_2025_11_25) == kResult);
  CHECK(legacy_result("tools/call", kResult, version_2025_06_18) == kResult);
  CHECK(legacy_result("tools/call", kResult, version_2025_03_26) ==
        R"({"content":[{"type":"text","text":"{\"a\":1}"}]})");
}

TEST_CASE("content of a kind that a version does not know is told of as text", "[translation]") {
  constexpr std::string_view kResult =
      R"({"content":[{"type":"resource_link","uri":"file:///x","name":"X"}, {"type":"audio","data":"AA==","mimeType":"audio/wav"},7]})";
  CHECK(legacy_result("tools/call", kResult, version_2025_06_18) == kResult);
  CHECK(
      legacy_result("tools/call", kResult, version_2025_03_26) ==
      R"({"content":[{"type":"text","text":"X: file:///x"}, {"type":"audio","data":"AA==","mimeType":"audio/wav"},7]})");
  CHECK(legacy_result("tools/call", kResult, version_2024_11_05) ==
        R"({"content":[{"type":"text","text":"X: file:///x"}, {"type":"text","text":"[audio: audio/wav]"},7]})");
  CHECK(legacy_result("prompts/get", R"({"messages":[{"role":"user","content":{"type":"audio","data":"AA=="}},null]})",
                      version_2024_11_05) ==
        R"({"messages":[{"role":"user","content":{"type":"text","text":"[audio]"}},null]})");
}

TEST_CASE("entries of lists are taken down to the client's version", "[translation]") {
  constexpr std::string_view kTool =
      R"({"name":"t","title":"T","icons":[],"execution":{},"annotations":{},"inputSchema":{"type":"object",)"
      R"("properties":{"a":{"type":"string","x-mcp-header":"A"}}},"outputSchema":{"type":"object"},"_meta":{"a/b":1}})";
  const auto down = [&](std::string_view version) { return legacy_list_entry("tools/list", kTool, version); };
  const std::string input = R"("inputSchema":{"type":"object","properties":{"a":{"type":"string"}}})";
  CHECK(down(version_2025_11_25) == R"({"name":"t","title":"T","icons":[],"annotations":{},)" + input +
                                        R"(,"outputSchema":{"type":"object"},"_meta":{"a/b":1}})");
  CHECK(down(version_2025_06_18) == R"({"name":"t","title":"T","annotations":{},)" + input +
                                        R"(,"outputSchema":{"type":"object"},"_meta":{"a/b":1}})");
  CHECK(down(version_2025_03_26) == R"({"name":"t","annotations":{},)" + input + R"(,"_meta":{"a/b":1}})");
  CHECK(down(version_2024_11_05) == R"({"name":"t",)" + input + R"(,"_meta":{"a/b":1}})");
  CHECK(legacy_list_entry("resources/list", R"({"uri":"a:b","title":"T","annotations":{}})", version_2024_11_05) ==
        R"({"uri":"a:b","annotations":{}})");
}

TEST_CASE("an output schema of anything but an object goes", "[translation]") {
  for (const std::string_view schema : {R"({"type":"array"})", R"({"anyOf":[]})", "true", R"({"type":["object"]})"}) {
    const std::string tool = R"({"name":"t","outputSchema":)" + std::string(schema) + "}";
    CHECK(legacy_list_entry("tools/list", tool, version_2025_11_25) == R"({"name":"t"})");
  }
}

TEST_CASE("a list keeps its order and what is no entry", "[translation]") {
  CHECK(legacy_result("tools/list", R"({"tools":[{"name":"b","outputSchema":1}, 5,{"name":"a"}],"ttlMs":1})",
                      version_2025_11_25) == R"({"tools":[{"name":"b"}, 5,{"name":"a"}]})");
}

TEST_CASE("values of the wrong kind break no result for an older client", "[translation]") {
  for (const std::string_view method : {"tools/call", "tools/list", "prompts/get", "resources/read"}) {
    for (const std::string_view result :
         {"[1]", "null", "7", R"({"content":{},"tools":"x","messages":[[]],"_meta":5})",
          R"({"content":[[],null,{"type":7}],"tools":[[]],"messages":[{"content":"x"}]})"}) {
      CHECK(legacy_result(method, result, version_2024_11_05) == result);
    }
  }
}
