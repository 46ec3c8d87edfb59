#include "protocol/param_headers.hpp"

#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

using Kind = ParamHeader::Kind;

const std::vector<ParamHeader> params = {{"Region", {"region"}, Kind::string},
                                         {"Count", {"count"}, Kind::integer},
                                         {"Flag", {"options", "flag"}, Kind::boolean}};

/// Of the first or of all.
std::optional<std::string> problem(std::string_view arguments, const Headers& headers) {
  return param_header_problem(params, arguments, headers);
}

TEST_CASE("arguments are mirrored as their schema says", "[param-headers][PAR-03]") {
  const auto headers =
      mirrored_headers(params, R"({"other":1,"options":{"flag":false},"count":42,"region":"us-west1"})");
  CHECK(headers == Headers{{"Mcp-Param-Region", "us-west1"}, {"Mcp-Param-Count", "42"}, {"Mcp-Param-Flag", "false"}});
}

TEST_CASE("an empty string is mirrored as an empty value", "[param-headers][PAR-03]") {
  CHECK(mirrored_headers(params, R"({"region":""})") == Headers{{"Mcp-Param-Region", ""}});
}

TEST_CASE("what is absent, null or no plain value is not mirrored", "[param-headers][PAR-03]") {
  for (const std::string_view arguments :
       {"", "{}", "null", "[]", R"({"region":null,"count":null})", R"({"options":null})", R"({"options":"flag"})",
        R"({"region":{},"count":[1],"options":{"flag":{}}})", R"({"options":[{"flag":true}]})",
        R"({"region":"a","region":"b"})"}) {
    CAPTURE(arguments);
    CHECK(mirrored_headers(params, arguments).empty());
  }
}

TEST_CASE("a value that a header cannot hold is mirrored in Base64", "[param-headers][HDR-08]") {
  CHECK(mirrored_headers(params, R"({"region":"\u00e9"})").get("Mcp-Param-Region") == "=?base64?w6k=?=");
  CHECK(mirrored_headers(params, R"({"region":"a\r\nX: y"})").get("Mcp-Param-Region") == "=?base64?YQ0KWDogeQ==?=");
}

TEST_CASE("an integer is mirrored in digits", "[param-headers][PAR-03]") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"42", "42"},    {"-7", "-7"},    {"42.0", "42"},
      {"4.2e1", "42"}, {"-0", "0"},     {"9007199254740991", "9007199254740991"},
      {"1.5", "1.5"},  {"1e3", "1000"}, {"123456789012345678901234567890", "123456789012345678901234567890"},
      {"\"x\"", "x"},  {"true", "true"}};
  for (const auto& [value, text] : cases) {
    CAPTURE(value);
    const std::string arguments = R"({"count":)" + value + "}";
    CHECK(mirrored_headers(params, arguments).get("Mcp-Param-Count") == text);
    CHECK(problem(arguments, {{"Mcp-Param-Count", text}}) == std::nullopt);
  }
}

TEST_CASE("headers that say what the arguments are have no problem", "[param-headers][PAR-04]") {
  const std::string_view arguments = R"({"region":" \u00e9","count":42,"options":{"flag":true}})";
  CHECK(problem(arguments, mirrored_headers(params, arguments)) == std::nullopt);
  CHECK(problem(arguments, {{"mcp-param-REGION", " =?base64?IMOp?="},
                            {"MCP-PARAM-COUNT", "42.0"},
                            {"mcp-param-flag", "true\t"}}) == std::nullopt);
}

TEST_CASE("a header that is missing, doubled or wrong is a problem", "[param-headers][PAR-04][HDR-09]") {
  CHECK(problem(R"({"region":"a"})", {}) == "Mcp-Param-Region is missing");
  CHECK(problem(R"({"region":""})", {}) == "Mcp-Param-Region is missing");
  CHECK(problem(R"({"options":{"flag":false}})", {}) == "Mcp-Param-Flag is missing");
  CHECK(problem(R"({"region":"a"})", {{"Mcp-Param-Region", "A"}}) == "Mcp-Param-Region is not what the argument is");
  CHECK(problem(R"({"region":"a"})", {{"Mcp-Param-Region", "=?base64?YQ=?="}}) ==
        "Mcp-Param-Region has bytes that are not allowed, or Base64 that is not valid");
  CHECK(problem(R"({"region":"a"})", {{"Mcp-Param-Region", "a\x01"}}).has_value());
  CHECK(problem(R"({"region":"a"})", {{"Mcp-Param-Region", "a"}, {"mcp-param-region", "a"}}) ==
        "Mcp-Param-Region stands there twice");
  CHECK(problem(R"({"region":"a","region":"b"})", {{"Mcp-Param-Region", "a"}}) ==
        "The argument of Mcp-Param-Region stands there twice");
  CHECK(problem(R"({"options":{"flag":true}})", {{"Mcp-Param-Flag", "True"}}).has_value());
}

TEST_CASE("percent escapes of an argument count only from a server that decodes them", "[param-headers][HDR-10]") {
  const std::string_view arguments = R"({"region":"a%20b"})";
  const Headers headers{{"Mcp-Param-Region", "a b"}};
  CHECK(problem(arguments, headers) == "Mcp-Param-Region is not what the argument is");
  CHECK(param_header_problem(params, arguments, headers, FieldValues::percent_decoded) == std::nullopt);
}

TEST_CASE("what only looks like Base64 is compared to the letter", "[param-headers][HDR-09]") {
  CHECK(problem(R"({"region":"Hello"})", {{"Mcp-Param-Region", "=?base64?SGVsbG8=?="}}) == std::nullopt);
  for (const std::string literal : {"=?base64?SGVsbG8=", "SGVsbG8=?=", "=?BASE64?SGVsbG8=?="}) {
    CHECK(problem(R"({"region":"Hello"})", {{"Mcp-Param-Region", literal}}).has_value());
    CHECK(problem(R"({"region":")" + literal + R"("})", {{"Mcp-Param-Region", literal}}) == std::nullopt);
  }
}

TEST_CASE("nothing is expected of what the body does not say, and nothing may be said of it",
          "[param-headers][PAR-04]") {
  for (const std::string_view arguments : {"", "{}", R"({"region":null})", R"({"region":{}})"}) {
    CHECK(problem(arguments, {}) == std::nullopt);
    CHECK(problem(arguments, {{"Mcp-Param-Zzz", "1"}}) == std::nullopt);
    for (const std::string value : {"a", "", "a\x01", "=?base64?YQ=?="}) {
      CHECK(problem(arguments, {{"Mcp-Param-Region", value}}) == "Mcp-Param-Region says what no argument does");
    }
    CHECK(problem(arguments, {{"Mcp-Param-Region", "a"}, {"mcp-param-region", "a"}}).has_value());
  }
}

TEST_CASE("integers are compared as numbers, strings and what is no number are not", "[param-headers][PAR-05]") {
  for (const std::string same : {"42", "42.0", "42.000", "042"}) {
    CHECK(problem(R"({"count":42})", {{"Mcp-Param-Count", same}}) == std::nullopt);
    CHECK(problem(R"({"count":42.0})", {{"Mcp-Param-Count", same}}) == std::nullopt);
  }
  for (const std::string other :
       {"43", "42.5", "42.", ".42", "4.2e1", "+42", "0x2A", "", "4 2", "4..2", "nan", "-42"}) {
    CHECK(problem(R"({"count":42})", {{"Mcp-Param-Count", other}}).has_value());
  }
  CHECK(problem(R"({"count":"42"})", {{"Mcp-Param-Count", "42.0"}}).has_value());
  CHECK(problem(R"({"region":"42"})", {{"Mcp-Param-Region", "42.0"}}).has_value());
}

TEST_CASE("an integer that JavaScript cannot tell from others need not be said, but must be so",
          "[param-headers][PAR-05]") {
  const std::string_view arguments = R"({"count":9007199254740993})";
  CHECK(problem(arguments, {}) == std::nullopt);
  CHECK(problem(arguments, {{"Mcp-Param-Count", "9007199254740993"}}) == std::nullopt);
  CHECK(problem(arguments, {{"Mcp-Param-Count", "9007199254740992"}}).has_value());
}

}  // namespace
}  // namespace mcprouter::detail
