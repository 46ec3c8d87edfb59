#include "protocol/discover.hpp"

#include "support/catch.hpp"

using namespace mcprouter::detail;
using namespace std::chrono_literals;

TEST_CASE("server/discover answers with versions, capabilities, hints and our name (DSC-02)", "[discover]") {
  Discovery discovery{{"2026-07-28", "2025-11-25"}, R"({"tools":{}})", "Use \"a\".", {5s, true}};
  CHECK(discover_result(discovery, R"({"name":"r"})") ==
        R"({"supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{"tools":{}},"instructions":"Use \"a\".",)"
        R"("resultType":"complete","ttlMs":5000,"cacheScope":"public",)"
        R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"r"}}})");
  discovery.instructions = {};
  discovery.hints = {};
  CHECK(
      discover_result(discovery, "{}") ==
      R"({"supportedVersions":["2026-07-28","2025-11-25"],"capabilities":{"tools":{}},)"
      R"("resultType":"complete","ttlMs":0,"cacheScope":"private","_meta":{"io.modelcontextprotocol/serverInfo":{}}})");
}

TEST_CASE("tasks are declared as an extension and not as a capability (TSK-09, TSK-13)", "[discover][TRAP-32]") {
  ServedCapabilities served{{R"({"tools":{},"logging":{},"tasks":{"cancel":{}}})"}};
  served.tasks = true;
  CHECK(modern_capabilities(served, false) == R"({"logging":{},"tools":{"listChanged":true}})");
  CHECK(modern_capabilities(served, true) ==
        R"({"logging":{},"tools":{"listChanged":true},"extensions":{"io.modelcontextprotocol/tasks":{}}})");
  CHECK(has_tasks_extension(modern_capabilities(served, true)));
  CHECK_FALSE(has_tasks_extension(modern_capabilities(served, false)));
  CHECK_FALSE(has_tasks_extension(R"({"extensions":["io.modelcontextprotocol/tasks"]})"));
  CHECK(with_tasks_extension(R"({"extensions":{"a/b":{}}})") ==
        R"({"extensions":{"a/b":{},"io.modelcontextprotocol/tasks":{}}})");
}

TEST_CASE("across eras nobody is told of changed roots, tasks or extensions", "[discover]") {
  CHECK(capabilities_across_eras(
            R"({"roots":{"listChanged":true},"sampling":{"context":{},"tools":{}},"elicitation":{"url":{}},)"
            R"("tasks":{"list":{}},"extensions":{"a/b":{}}})") ==
        R"({"roots":{},"sampling":{"tools":{}},"elicitation":{"url":{}}})");
  CHECK(capabilities_across_eras("{}") == "{}");
  CHECK(capabilities_across_eras("[]") == "{}");
}
