#include "protocol/task_ids.hpp"

#include "protocol/log_level.hpp"
#include "support/catch.hpp"

using namespace mcprouter::detail;

namespace {

std::optional<std::string> exposed(std::string_view id) {
  return id == "foreign" ? std::nullopt : std::optional("ours-" + std::string(id));
}

}  // namespace

TEST_CASE("ids of tasks are mapped wherever 2025-11-25 has them", "[tasks]") {
  const auto check = [](const std::string& before, const std::string& after) {
    CHECK(map_task_ids(before, exposed) == after);
  };
  check(R"({"result":{"task":{"taskId":"1","x":1.0}}})", R"({"result":{"task":{"taskId":"ours-1","x":1.0}}})");
  check(R"({"result":{"taskId":"1"}})", R"({"result":{"taskId":"ours-1"}})");
  check(R"({"result":{"tasks":[{"taskId":"1"},{"taskId":"2"},3]}})",
        R"({"result":{"tasks":[{"taskId":"ours-1"},{"taskId":"ours-2"},3]}})");
  check(R"({"result":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"1"}}}})",
        R"({"result":{"_meta":{"io.modelcontextprotocol/related-task":{"taskId":"ours-1"}}}})");
  check(R"({"method":"notifications/tasks/status","params":{"taskId":"1"}})",
        R"({"method":"notifications/tasks/status","params":{"taskId":"ours-1"}})");
}

TEST_CASE("what is no id of a task keeps its bytes", "[tasks]") {
  for (const std::string text :
       {R"({"result":{"content":[{"taskId":"1"}]}})", R"({"result":{"taskId":1}})",
        R"({"result":{"taskId":"foreign"}})", R"({"error":{"code":1,"message":"x","data":{"taskId":"1"}}})",
        R"({"result":[1]})", R"({"result":{"tasks":{}}})"}) {
    CHECK(map_task_ids(text, exposed) == text);
  }
}

TEST_CASE("log levels are the eight of RFC 5424", "[log][LOG-01]") {
  for (const char* level : {"debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"}) {
    CHECK(is_log_level(level));
  }
  for (const char* level : {"", "warn", "DEBUG", "trace"}) {
    CHECK_FALSE(is_log_level(level));
  }
}
