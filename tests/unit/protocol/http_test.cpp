#include "mcprouter/http.hpp"

#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace mcprouter {
namespace {

TEST_CASE("headers are found without regard to case and keep their order", "[http]") {
  Headers headers = {{"Accept", "a"}, {"X-Y", "1"}};
  headers.add("ACCEPT", "b");
  CHECK(headers.size() == 3);
  CHECK(headers.count("accept") == 2);
  CHECK(headers.get("accept") == "a");
  CHECK(headers.find("x-y") == "1");
  CHECK(headers.joined("Accept") == "a, b");
  CHECK(headers.begin()->name == "Accept");
}

TEST_CASE("a header that is not there is told from an empty one by find", "[http]") {
  const Headers headers = {{"Empty", ""}};
  CHECK_FALSE(headers.has("missing"));
  CHECK(headers.get("missing").empty());
  CHECK(headers.count("missing") == 0);
  CHECK(headers.joined("missing").empty());
  REQUIRE(headers.has("empty"));
  CHECK(headers.get("empty").empty());
  CHECK(Headers().empty());
}

TEST_CASE("joining keeps empty values", "[http]") {
  CHECK(Headers{{"a", ""}, {"A", "x"}, {"a", ""}}.joined("a") == ", x, ");
}

TEST_CASE("setting a header replaces every field of its name", "[http]") {
  Headers headers = {{"A", "1"}, {"b", "2"}, {"a", "3"}};
  headers.set("a", "4");
  CHECK(headers == Headers{{"b", "2"}, {"a", "4"}});
  headers.remove("B");
  CHECK(headers == Headers{{"a", "4"}});
  headers.remove("missing");
  CHECK(headers.size() == 1);
}

TEST_CASE("a field may be made of what another field holds", "[http]") {
  Headers headers = {{"Name", "value"}};
  for (int i = 0; i < 100; ++i) headers.add(headers.begin()->name, headers.get("name"));
  CHECK(headers.size() == 101);
  for (const auto& [name, value] : headers) {
    CHECK(name == "Name");
    CHECK(value == "value");
  }
  headers.set(headers.begin()->name, headers.begin()->name);
  CHECK(headers == Headers{{"Name", "Name"}});
}

TEST_CASE("all fields of others can be added", "[http]") {
  const Headers others = {{"a", "1"}, {"a", "2"}};
  Headers headers;
  headers.add(others);
  CHECK(headers == others);
  headers.add(headers);
  CHECK(headers.joined("A") == "1, 2, 1, 2");
}

TEST_CASE("header names are the same in ASCII without regard to case", "[http]") {
  CHECK(same_header("Mcp-Session-Id", "mcp-session-ID"));
  CHECK(same_header("", ""));
  CHECK_FALSE(same_header("a", "ab"));
  CHECK_FALSE(same_header("a-b", "a_b"));
  CHECK_FALSE(same_header("\xC3\x89", "\xC3\xA9"));
  CHECK_FALSE(same_header("[", "{"));
}

TEST_CASE("a field that could break out of its line is not valid", "[http]") {
  CHECK(is_valid_field("X-A", "b"));
  CHECK(is_valid_field("x!#$%&'*+-.^_`|~9", ""));
  CHECK(is_valid_field("a", "tab\there \"q\" \xC3\xA9"));
  for (const std::string_view name :
       {"", " a", "a ", "a:", "a b", "a\n", "a\r", "(a)", "a\x7F", "\xC3\xA9", "a\"", "a/"}) {
    CAPTURE(name);
    CHECK_FALSE(is_valid_field(name, "b"));
  }
  CHECK_FALSE(is_valid_field(std::string_view("a\0", 2), "b"));
  for (const std::string_view value : {"a\r\nX: y", "a\nb", "a\rb", "\x01", "a\x1F", "\x7F", "\x1B[0m"}) {
    CAPTURE(value);
    CHECK_FALSE(is_valid_field("a", value));
  }
  CHECK_FALSE(is_valid_field("a", std::string_view("b\0", 2)));
}

}  // namespace
}  // namespace mcprouter
