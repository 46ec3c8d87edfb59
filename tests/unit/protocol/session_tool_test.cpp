#include "protocol/session_tool.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace mcprouter::detail;
using nlohmann::json;

TEST_CASE("the tool that opens sessions has the first name that is free", "[handle]") {
  CHECK(session_opener({}) == "open_session");
  CHECK(session_opener({R"({"name":"echo"})", R"({"name":"open_session_2"})"}) == "open_session");
  CHECK(session_opener({R"({"name":"open_session_2"})", R"({"name":"open\u005fsession"})"}) == "open_session_3");
}

TEST_CASE("only names that it could have are those of the tool that opens sessions", "[handle]") {
  for (const char* const name : {"open_session", "open_session_2", "open_session_10"}) {
    CHECK(may_open_sessions(name));
  }
  for (const char* const name : {"open_session_1", "open_session_02", "open_session_", "open_session2",
                                 "open_session_2x", "open_session_99999999999", "my_open_session", ""}) {
    CHECK_FALSE(may_open_sessions(name));
  }
}

TEST_CASE("the tool that opens sessions takes nothing and says what it is for", "[handle]") {
  const json tool = json::parse(session_opener_entry("a__open_session"));
  CHECK(tool["name"] == "a__open_session");
  CHECK(tool["inputSchema"]["type"] == "object");
  CHECK(tool["inputSchema"]["properties"].empty());
  CHECK(tool["description"].get<std::string>().find("until it has not been used for a while") != std::string::npos);
  CHECK(tool["outputSchema"]["required"] == json({"session"}));
}

TEST_CASE("a tool gets one more argument that is required, the rest as written", "[handle]") {
  CHECK(with_session_argument(R"({"name":"t","inputSchema":{ "type":"object","properties":{"n":{"const":1.0}},)"
                              R"("required":[ "n" ],"x":1e2},"y":[]})",
                              "open") ==
        R"({"name":"t","inputSchema":{ "type":"object","properties":{"n":{"const":1.0},"session":{"type":"string",)"
        R"("description":"The session that this call belongs to, as open returned it."}},)"
        R"("required":[ "n" ,"session"],"x":1e2},"y":[]})");
  const json bare = json::parse(with_session_argument(R"({"inputSchema":{"type":"object"}})", "open"))["inputSchema"];
  CHECK(bare["properties"].size() == 1);
  CHECK(bare["required"] == json({"session"}));
}

TEST_CASE("a tool without room for an argument stays as it is", "[handle]") {
  for (const std::string_view tool :
       {R"({"name":"t"})", R"({"inputSchema":true})", R"({"inputSchema":{"properties":[]}})",
        R"({"inputSchema":{"required":true}})", R"({"inputSchema":[{"type":"object"}]})"}) {
    CHECK(with_session_argument(tool, "open") == tool);
  }
}

TEST_CASE("the argument has a name that the tool has not, wherever that one stands", "[handle]") {
  CHECK(session_argument(R"({"name":"session","inputSchema":{"properties":{"sessions":{},"session_x":{}}}})") ==
        "session");
  CHECK(session_argument(R"({"inputSchema":{"properties":{"session":{}}}})") == "session_2");
  CHECK(session_argument(R"({"inputSchema":{"allOf":[{"properties":{"session_7":{}}}]}})") == "session_8");
  const json tool =
      json::parse(with_session_argument(R"({"inputSchema":{"properties":{"session":{"type":"number"}}}})", "open"));
  CHECK(tool["inputSchema"]["properties"]["session"]["type"] == "number");
  CHECK(tool["inputSchema"]["required"] == json({"session_2"}));
}

TEST_CASE("a call's session is named by the last argument of the kind", "[handle]") {
  const auto found = find_session(R"({"session":"own","session_2":"h\u0041","n":1})");
  REQUIRE(found);
  CHECK(found->argument == "session_2");
  CHECK(found->handle == "hA");
  CHECK(find_session(R"({"session":7})")->handle.empty());
  CHECK(find_session(R"({"session":"a","session":"a"})")->handle.empty());
  CHECK_FALSE(find_session(R"({"n":"session"})"));
  CHECK_FALSE(find_session(R"(["session"])"));
}
