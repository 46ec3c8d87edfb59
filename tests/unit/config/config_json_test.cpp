#include "config/config_json.hpp"

#include <string>

#include "mcprouter/error.hpp"
#include "support/catch.hpp"

using mcprouter::ConfigError;
using mcprouter::detail::member_path;
using mcprouter::detail::parse_config_json;

namespace {

std::string problem(std::string_view text) {
  try {
    (void)parse_config_json(text);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("a syntax error is reported with its line and column", "[config]") {
  CHECK(problem("{\n  \"a\": 1\n  \"b\": 2\n}") == "$: line 3, column 5: not valid JSON");
  CHECK(problem("{\"ä\": x}") == "$: line 1, column 7: not valid JSON");
  CHECK(problem("") == "$: line 1, column 1: the text ends too early");
  CHECK(problem("{\"a\": ") == "$: line 1, column 7: the text ends too early");
  CHECK(problem("{\"a\": 1,\n}") == "$: line 2, column 1: expected no comma after the last entry");
  CHECK(problem("// mine\n{}") == "$: line 1, column 1: expected strict JSON, which has no comments");
  CHECK(problem("{} {}") == "$: line 1, column 4: not valid JSON");
  CHECK(problem("{\"a\": 1e999}").find("the number is out of range") != std::string::npos);
  CHECK(problem("{\"a\": \"\xff\"}").find("not valid JSON") != std::string::npos);
}

TEST_CASE("a syntax error does not quote the text", "[config]") {
  CHECK(problem(R"({"headers": {"Authorization": "Bearer s3cret})").find("s3cret") == std::string::npos);
  CHECK(problem(R"({"headers": {"Authorization": s3cret}})").find("s3cret") == std::string::npos);
}

TEST_CASE("a member that is there twice is refused wherever it is", "[config]") {
  CHECK(problem(R"({"a": 1, "a": 1})") == "$.a: this member is there twice; expected it once");
  CHECK(problem(R"({"x": [0, {}, {"b c": {}, "b c": {}}]})") ==
        "$.x[2][\"b c\"]: this member is there twice; expected it once");
  CHECK(problem(R"({"a": 1, "\u0061": 1})") == "$.a: this member is there twice; expected it once");
  CHECK(problem(R"({"a": {"x": 1}, "b": {"x": 1}})").empty());
}

TEST_CASE("nesting, members and size of a configuration are bounded", "[config]") {
  CHECK(problem(std::string(32, '[') + std::string(32, ']')).empty());
  CHECK(problem(std::string(100'000, '[')).find("expected at most 32 levels of nesting") != std::string::npos);
  CHECK(problem(std::string((1u << 20) + 1, ' ')) == "$: the text is too large; expected at most 1048576 bytes");
  std::string wide = "{";
  for (int i = 0; i <= 1'000; ++i) wide += "\"m" + std::to_string(i) + "\": 1,";
  CHECK(problem(wide) == "$.m1000: expected at most 1000 members in one object");
}

TEST_CASE("a path shows odd member names quoted and long ones cut", "[config]") {
  CHECK(member_path("$", "mcpServers") == "$.mcpServers");
  CHECK(member_path("$.headers", "X-Key") == "$.headers.X-Key");
  CHECK(member_path("$", "a.b") == "$[\"a.b\"]");
  CHECK(member_path("$", "") == "$[\"\"]");
  CHECK(member_path("$", "a\n\"b") == "$[\"a\\n\\\"b\"]");
  CHECK(member_path("$", std::string(63, 'x') + "\xc3\xa4") == "$[\"" + std::string(63, 'x') + "...\"]");
}
