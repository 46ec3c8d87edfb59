#include "protocol/modern_result.hpp"

#include "protocol/header_annotations.hpp"
#include "support/catch.hpp"

using namespace mcprouter::detail;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kUs = R"({"name":"router","version":"1"})";

}  // namespace

TEST_CASE("the type of a result is complete if it says nothing (GEN-10)", "[translation]") {
  CHECK(result_type("{}") == ResultType::complete);
  CHECK(result_type(R"({"resultType":"complete"})") == ResultType::complete);
  CHECK(result_type(R"({"resultType":"input_required"})") == ResultType::input_required);
  CHECK(result_type(R"({"resultType":"task"})") == ResultType::task);
  for (const std::string_view result : {R"({"resultType":"other"})", R"({"resultType":null})",
                                        R"({"resultType":["task"]})", "[]", "null", R"("complete")"}) {
    CHECK(result_type(result) == ResultType::invalid);
  }
}

TEST_CASE("hints that are missing or make no sense keep nothing and share nothing (CCH-06)", "[translation]") {
  const CacheHints good = cache_hints(R"({"ttlMs":1500,"cacheScope":"public"})");
  CHECK(good.ttl == 1500ms);
  CHECK(good.is_public);
  CHECK(cache_hints(R"({"ttlMs":1e3})").ttl == 1000ms);
  CHECK(cache_hints(R"({"ttlMs":1e300})").ttl == std::chrono::hours(24 * 365));
  for (const std::string_view result :
       {"{}", R"({"ttlMs":-1})", R"({"ttlMs":"5"})", R"({"ttlMs":null,"cacheScope":["public"]})",
        R"({"ttlMs":{},"cacheScope":"PUBLIC"})", "[1]", R"({"ttlMs":0.4,"cacheScope":"private"})"}) {
    CHECK(cache_hints(result).ttl == 0ms);
    CHECK_FALSE(cache_hints(result).is_public);
  }
}

TEST_CASE("a modern client gets a result with its type and our name, the rest as written (META-04)", "[translation]") {
  CHECK(modern_result(R"({"content":[ {"x":1.0} ],"isError":true})", kUs, std::nullopt) ==
        R"({"content":[ {"x":1.0} ],"isError":true,"resultType":"complete",)"
        R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"router","version":"1"}}})");
  CHECK(modern_result(R"({"resultType":"input_required","x":5,"_meta":{"a/b":1,)"
                      R"("io.modelcontextprotocol/serverInfo":{"name":"backend"}}})",
                      kUs, std::nullopt) ==
        R"({"resultType":"complete","x":5,"_meta":{"a/b":1,)"
        R"("io.modelcontextprotocol/serverInfo":{"name":"router","version":"1"}}})");
  CHECK(modern_result(R"({"_meta":[7]})", "{}", std::nullopt) ==
        R"({"_meta":{"io.modelcontextprotocol/serverInfo":{}},"resultType":"complete"})");
  CHECK(modern_result("[7]", kUs, std::nullopt) == "[7]");
}

TEST_CASE("hints stand on complete results only (CCH-01, CCH-05)", "[translation][TRAP-21]") {
  const CacheHints hints{30s, true};
  CHECK(modern_result(R"({"tools":[]})", "{}", hints) ==
        R"({"tools":[],"resultType":"complete","ttlMs":30000,"cacheScope":"public",)"
        R"("_meta":{"io.modelcontextprotocol/serverInfo":{}}})");
  CHECK(modern_result(R"({"ttlMs":1,"requestState":"s"})", "{}", hints, ResultType::input_required) ==
        R"({"requestState":"s","resultType":"input_required","_meta":{"io.modelcontextprotocol/serverInfo":{}}})");
}

TEST_CASE("header annotations go from a schema, not from arguments and values of this name", "[translation]") {
  CHECK(
      without_header_annotations(
          R"({"name":"t","inputSchema":{"type":"object","properties":{"a":{"type":"string","x-mcp-header":"A"},)"
          R"("x-mcp-header":{"type":"number"},"b":{"items":[{"x-mcp-header":"B"}],"const":{"x-mcp-header":"C"}}}}})") ==
      R"({"name":"t","inputSchema":{"type":"object","properties":{"a":{"type":"string"},)"
      R"("x-mcp-header":{"type":"number"},"b":{"items":[{}],"const":{"x-mcp-header":"C"}}}}})");
  CHECK(without_header_annotations(R"({"inputSchema":{"a":{"x\u002dmcp-header":"A", "b":1}}})") ==
        R"({"inputSchema":{"a":{ "b":1}}})");
  for (const std::string_view tool : {R"({"x-mcp-header":"A"})", R"({"inputSchema":[{"x-mcp-header":"A"}]})",
                                      R"({"inputSchema":{"properties":"x-mcp-header"}})", "[]", "7"}) {
    CHECK(without_header_annotations(tool) == tool);
  }
}

TEST_CASE("a session-ful server's tool loses what a modern client has no use for", "[translation]") {
  CHECK(modern_list_entry(R"({"name":"t","execution":{"taskSupport":"required"},"icons":[]})") ==
        R"({"name":"t","icons":[]})");
  CHECK(modern_list_entry("3") == "3");
}
