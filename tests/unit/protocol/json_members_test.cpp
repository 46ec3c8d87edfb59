#include "protocol/json_members.hpp"

#include "support/catch.hpp"

using namespace mcprouter::detail;

TEST_CASE("members are replaced in their place, removed or added, and the rest keeps its bytes", "[json][TRAP-37]") {
  constexpr std::string_view kText = R"({ "a" : 1.0 ,"b":[2, 3],  "c":"x" })";
  CHECK(with_members(kText, {}) == kText);
  CHECK(with_members(kText, {{"b", "9"}}) == R"({ "a" : 1.0,"b":9,  "c":"x" })");
  CHECK(with_members(kText, {{"b", std::nullopt}}) == R"({ "a" : 1.0,  "c":"x" })");
  CHECK(with_members(kText, {{"a", std::nullopt}}) == R"({"b":[2, 3],  "c":"x" })");
  CHECK(with_members(kText, {{"a", std::nullopt}, {"b", std::nullopt}}) == R"({  "c":"x" })");
  CHECK(with_members(kText, {{"c", std::nullopt}, {"d", "4"}}) == R"({ "a" : 1.0 ,"b":[2, 3],"d":4 })");
  CHECK(with_members(kText, {{"a", std::nullopt}, {"b", std::nullopt}, {"c", std::nullopt}}) == "{}");
  CHECK(with_members(kText, {{"z", std::nullopt}}) == kText);
}

TEST_CASE("members of an empty object and of what is none", "[json]") {
  CHECK(with_members("{}", {{"a", "1"}}) == R"({"a":1})");
  CHECK(with_members("{ }", {{"a", std::nullopt}}) == "{}");
  for (const std::string_view text : {"[1]", "1", "null", R"("a")", ""}) {
    CHECK(with_members(text, {{"a", "1"}}) == text);
  }
}

TEST_CASE("of a member that stands twice one remains, and escapes hide no name", "[json]") {
  CHECK(with_members(R"({"a":1,"b":2,"a":3})", {{"a", "9"}}) == R"({"a":9,"b":2})");
  CHECK(with_members(R"({"a":1,"b":2,"\u0061":3})", {{"a", std::nullopt}}) == R"({"b":2})");
  CHECK(with_members(R"({"a,":1,"\"{,":2})", {{"a,", std::nullopt}}) == R"({"\"{,":2})");
}

TEST_CASE("an object is written of what has a value", "[json]") {
  CHECK(object_of({}) == "{}");
  CHECK(object_of({{"a", "1"}, {"b", std::nullopt}, {"c\"", "{}"}}) == R"({"a":1,"c\"":{}})");
}
