#include "protocol/task_translation.hpp"

#include "protocol/modern_result.hpp"
#include "support/catch.hpp"

using namespace mcprouter::detail;
using namespace std::chrono_literals;

namespace {

using Status = ModernTask::Status;

ModernTask read(std::string_view task) {
  const auto read = read_modern_task(task);
  return std::get<ModernTask>(read);
}

}  // namespace

TEST_CASE("a created task is nested for one era and flat for the other (TSK-03)", "[tasks][TRAP-31]") {
  CHECK(modern_created_task(
            R"({"task":{"taskId":"t","status":"working","createdAt":"c","ttl":60000.0,"pollInterval":5},)"
            R"("_meta":{"a/b":1,"io.modelcontextprotocol/related-task":{"taskId":"t"}}})",
            "{}") == R"({"taskId":"t","status":"working","createdAt":"c","ttlMs":60000.0,"pollIntervalMs":5,)"
                     R"("_meta":{"a/b":1,"io.modelcontextprotocol/serverInfo":{}},"resultType":"task"})");
  for (const std::string_view result : {"{}", "[]", R"({"content":[]})", R"({"task":7})", R"({"task":{"taskId":7}})"}) {
    CHECK_FALSE(modern_created_task(result, "{}"));
  }
}

TEST_CASE("a modern task has its contents in it (TSK-05)", "[tasks]") {
  constexpr std::string_view kWorking = R"({"taskId":"t","status":"working","ttl":null})";
  CHECK(modern_task(kWorking, {}) == R"({"taskId":"t","status":"working","ttlMs":null})");
  CHECK(modern_task(kWorking, {{}, {}, {{"q1", "roots/list", ""}}}) ==
        R"({"taskId":"t","status":"input_required","ttlMs":null,"inputRequests":{"q1":{"method":"roots/list"}}})");
  CHECK(
      modern_task(R"({"taskId":"t","status":"failed","error":"x","_meta":{"io.modelcontextprotocol/related-task":{}}})",
                  {{}, R"({"code":1,"message":"m"})", {}}) ==
      R"({"taskId":"t","status":"failed","error":{"code":1,"message":"m"}})");
}

TEST_CASE("a tool's own error is failed in one era and completed in the other (TSK-10)", "[tasks][TRAP-31]") {
  CHECK(modern_task(R"({"taskId":"t","status":"failed"})",
                    {R"({"isError":true,"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t"}}})", {}, {}}) ==
        R"({"taskId":"t","status":"completed","result":{"isError":true}})");
  CHECK(legacy_task(R"({"taskId":"t","status":"completed","result":{"isError":true}})") ==
        R"({"taskId":"t","status":"failed"})");
}

TEST_CASE("a session-ful task has no contents and its own names", "[tasks]") {
  CHECK(legacy_task(R"({"resultType":"complete","taskId":"t","status":"completed","ttlMs":1.0,"pollIntervalMs":2,)"
                    R"("result":{"isError":false},"requestState":"s","x":7,)"
                    R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"b"}}})") ==
        R"({"taskId":"t","status":"completed","x":7,"ttl":1.0,"pollInterval":2})");
  CHECK(legacy_task("[]") == "[]");
}

TEST_CASE("a modern task is read with what its status has (TSK-05)", "[tasks]") {
  const ModernTask working = read(R"({"taskId":"t","status":"working","pollIntervalMs":250})");
  CHECK(working.id == "t");
  CHECK(working.status == Status::working);
  CHECK(working.poll_interval == 250ms);
  CHECK(read(R"({"taskId":"t","status":"cancelled","pollIntervalMs":-1})").poll_interval == 0ms);
  const ModernTask completed = read(R"({"taskId":"t","status":"completed","result":{"x":1.0}})");
  CHECK(completed.status == Status::completed);
  CHECK(completed.result == R"({"x":1.0})");
  const ModernTask failed = read(R"({"taskId":"t","status":"failed","error":{"code":1,"message":"m"}})");
  CHECK(failed.status == Status::failed);
  CHECK(failed.error == R"({"code":1,"message":"m"})");
  const ModernTask asking =
      read(R"({"taskId":"t","status":"input_required","inputRequests":{"a":{"method":"roots/list"}}})");
  CHECK(asking.status == Status::input_required);
  REQUIRE(asking.requests.size() == 1);
  CHECK(asking.requests[0].key == "a");
}

TEST_CASE("a task without what its status must have is refused", "[tasks]") {
  for (const std::string_view task :
       {"{}", "[]", "null", R"({"taskId":7,"status":"working"})", R"({"taskId":"","status":"working"})",
        R"({"taskId":"t"})", R"({"taskId":"t","status":"done"})", R"({"taskId":"t","status":"completed"})",
        R"({"taskId":"t","status":"completed","result":[]})", R"({"taskId":"t","status":"failed"})",
        R"({"taskId":"t","status":"failed","error":{}})", R"({"taskId":"t","status":"input_required"})",
        R"({"taskId":"t","status":"input_required","inputRequests":{"a":{"method":"x"}}})"}) {
    CAPTURE(task);
    CHECK(std::holds_alternative<std::string>(read_modern_task(task)));
  }
}

TEST_CASE("a task that was just created has no contents yet (TSK-03)", "[tasks]") {
  const auto created = read_created_task(R"({"resultType":"task","taskId":"t","status":"completed"})");
  CHECK(std::get<ModernTask>(created).status == Status::completed);
  CHECK(std::holds_alternative<std::string>(read_created_task(R"({"task":{"taskId":"t","status":"working"}})")));
}

TEST_CASE("what is said for a task names it in _meta, and only there", "[tasks][TSL-07]") {
  const std::string named = R"({"a":1,"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t"},"b":2}})";
  CHECK(related_task(named) == R"({"taskId":"t"})");
  CHECK(without_related_task(named) == R"({"a":1,"_meta":{"b":2}})");
  CHECK(with_related_task(R"({"a":1,"_meta":{"b":2}})", R"({"taskId":"t"})") ==
        R"({"a":1,"_meta":{"b":2,"io.modelcontextprotocol/related-task":{"taskId":"t"}}})");
  CHECK(with_related_task("{}", R"({"taskId":"t"})") ==
        R"({"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"t"}}})");
  for (const std::string_view other : {"", "{}", "[]", R"({"_meta":{"b":2}})", R"({"taskId":"t"})"}) {
    CHECK(related_task(other).empty());
    CHECK(without_related_task(other) == other);
    CHECK(with_related_task(other, "") == other);
  }
}
