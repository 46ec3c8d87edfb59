#include "backend/task_tools.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"

using namespace mcprouter::detail;

TEST_CASE("what a tool can be as a task is what its backend listed last", "[task_tools]") {
  TaskTools tools;
  CHECK_FALSE(tools.find("a", 1, "build"));
  tools.learn("a", 1, {{"build", TaskSupport::required}, {"plain", TaskSupport::forbidden}});
  CHECK(tools.find("a", 1, "build") == TaskSupport::required);
  CHECK(tools.find("a", 1, "plain") == TaskSupport::forbidden);
  CHECK(tools.find("a", 1, "another") == TaskSupport::forbidden);
  CHECK_FALSE(tools.find("a", 2, "build"));
  CHECK_FALSE(tools.find("b", 1, "build"));
  tools.learn("a", 1, {{"build", TaskSupport::forbidden}, {"plain", TaskSupport::optional}});
  CHECK(tools.find("a", 1, "build") == TaskSupport::forbidden);
  CHECK(tools.find("a", 1, "plain") == TaskSupport::optional);
}

TEST_CASE("a backend cannot list so many task tools that they fill the memory", "[task_tools]") {
  TaskTools tools;
  std::vector<TaskTools::Tool> many;
  for (int i = 0; i < 5'000; ++i) {
    many.push_back({std::to_string(i), TaskSupport::optional});
  }
  tools.learn("a", 1, many);
  CHECK(tools.find("a", 1, "0") == TaskSupport::optional);
  CHECK(tools.find("a", 1, "4999") == TaskSupport::forbidden);
}

TEST_CASE("an entry of a tool list says what the tool can be", "[task_tools][TSL-01]") {
  CHECK(read_task_tool(R"({"name":"x","execution":{"taskSupport":"required"}})").support == TaskSupport::required);
  CHECK(read_task_tool(R"({"execution":{"taskSupport":"optional"},"name":"x"})").name == "x");
  for (const char* const entry : {R"({"name":"x"})", R"({"name":"x","execution":{}})", R"({"execution":1})", "[]",
                                  R"({"name":"x","execution":{"taskSupport":"sometimes"}})"}) {
    CHECK(read_task_tool(entry).support == TaskSupport::forbidden);
  }
}

TEST_CASE("a backend runs calls as tasks if it declares just that", "[task_tools][TSL-01]") {
  CHECK(runs_tasks(R"({"tasks":{"requests":{"tools":{"call":{}}}}})"));
  CHECK_FALSE(runs_tasks(R"({"tasks":{"list":{},"requests":{"tools":{}}}})"));
  CHECK_FALSE(runs_tasks("{}"));
}
