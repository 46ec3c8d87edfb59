#include "protocol/param_schema.hpp"

#include <string>
#include <vector>

#include "protocol/json_check.hpp"
#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

using Kind = ParamHeader::Kind;

std::vector<ParamHeader> read(const std::string& schema) {
  INFO(schema);
  REQUIRE_FALSE(find_problem(schema, 1'000));
  const auto outcome = read_param_headers(schema);
  if (const auto* problem = std::get_if<std::string>(&outcome)) FAIL(*problem);
  return std::get<0>(outcome);
}

std::string refuse(const std::string& schema) {
  INFO(schema);
  REQUIRE_FALSE(find_problem(schema, 1'000));
  const auto outcome = read_param_headers(schema);
  REQUIRE(std::holds_alternative<std::string>(outcome));
  CHECK_FALSE(std::get<std::string>(outcome).empty());
  return std::get<std::string>(outcome);
}

std::string with_property(const std::string& property) {
  return R"({"type":"object","properties":{"a":)" + property + "}}";
}

TEST_CASE("annotated properties are found at any depth, in order", "[param-headers][PAR-01]") {
  const auto params = read(R"({"type":"object","properties":{
    "region":{"type":"string","x-mcp-header":"Region"},
    "plain":{"type":"string"},
    "a":{"properties":{"b":{"x-mcp-header":"Deep!","type":"integer"},"c":{"type":"object","properties":{
      "d":{"type":"boolean","x-mcp-header":"flag"}}}},"type":"object"},
    "x-mcp-header":{"type":"string"},
    "\u00e9":{"type":"string","x-mcp-\u0068eader":"Accent"}}})");
  REQUIRE(params.size() == 4);
  CHECK(params[0].name == "Region");
  CHECK(params[0].path == std::vector<std::string>{"region"});
  CHECK(params[0].kind == Kind::string);
  CHECK(params[1].name == "Deep!");
  CHECK(params[1].path == std::vector<std::string>{"a", "b"});
  CHECK(params[1].kind == Kind::integer);
  CHECK(params[2].path == std::vector<std::string>{"a", "c", "d"});
  CHECK(params[2].kind == Kind::boolean);
  CHECK(params[3].path == std::vector<std::string>{"\xC3\xA9"});
}

TEST_CASE("a schema without annotations has none, whatever else it has", "[param-headers]") {
  for (const std::string schema :
       {"{}", "true", "[]", "null", R"("x-mcp-header")", R"({"title":"x-mcp-header"})", R"({"enum":["x-mcp-header"]})",
        R"({"properties":["x-mcp-header"]})", R"({"properties":{"x-mcp-header":true}})",
        R"({"required":["x-mcp-header"],"pattern":"\u0041"})"}) {
    CHECK(read(schema).empty());
  }
}

TEST_CASE("what is data in a schema holds no annotation", "[param-headers]") {
  for (const std::string keyword : {"default", "const", "examples", "enum", "x-other", "$comment"}) {
    CHECK(read(with_property(R"({"type":"object",")" + keyword + R"(":[{"x-mcp-header":"X"}]})")).empty());
    CHECK(read(with_property(R"({"type":"object",")" + keyword + R"(":{"x-mcp-header":""}})")).empty());
  }
}

TEST_CASE("a name that no header can have is refused", "[param-headers][PAR-01]") {
  for (const std::string name : {R"("")", R"("My Region")", R"("A:B")", R"("R\u00e9gion")", R"("A\tB")", R"("A\r\nB")",
                                 R"("A\u0000")", "5", "null", "true", "[\"A\"]", "{}"}) {
    const std::string problem = refuse(with_property(R"({"type":"string","x-mcp-header":)" + name + "}"));
    CHECK(problem == "x-mcp-header is not a name that a header can have");
  }
}

TEST_CASE("only integers, strings and booleans may be mirrored", "[param-headers][PAR-01]") {
  for (const std::string type :
       {R"("type":"number",)", R"("type":"object",)", R"("type":"array",)", R"("type":"null",)", "",
        R"("type":"String",)", R"("type":["string"],)", R"("type":["string","null"],)", R"("type":null,)"}) {
    refuse(with_property("{" + type + R"("x-mcp-header":"X"})"));
  }
}

TEST_CASE("the same header twice is refused, whatever the case", "[param-headers][PAR-01]") {
  for (const std::string other : {"Region", "REGION", "region"}) {
    refuse(R"({"properties":{"a":{"type":"string","x-mcp-header":"Region"},"b":{"properties":{"c":)"
           R"({"type":"string","x-mcp-header":")" +
           other + R"("}}}}})");
  }
}

TEST_CASE("an annotation off the chain of properties is refused", "[param-headers][PAR-01]") {
  const std::string annotated = R"({"type":"string","x-mcp-header":"X"})";
  const std::string in_properties = R"({"type":"object","properties":{"b":)" + annotated + "}}";
  refuse(annotated);
  for (const std::string& schema : {annotated, in_properties}) {
    for (const std::string keyword :
         {"items", "prefixItems", "additionalItems", "contains", "additionalProperties", "unevaluatedItems",
          "unevaluatedProperties", "propertyNames", "contentSchema", "not", "if", "then", "else"}) {
      refuse(with_property(R"({")" + keyword + R"(":)" + schema + "}"));
      refuse(R"({")" + keyword + R"(":)" + schema + "}");
    }
    for (const std::string keyword : {"allOf", "anyOf", "oneOf", "items", "prefixItems"}) {
      refuse(with_property(R"({")" + keyword + R"(":[true,)" + schema + "]}"));
    }
    for (const std::string keyword :
         {"patternProperties", "dependentSchemas", "dependencies", "$defs", "definitions"}) {
      refuse(R"({")" + keyword + R"(":{"k":["x"],"x-mcp-header":)" + schema + "}}");
    }
  }
}

TEST_CASE("an annotation that two readers may read differently is refused", "[param-headers]") {
  refuse(with_property(R"({"type":"string","x-mcp-header":"A","x-mcp-header":"B"})"));
  refuse(with_property(R"({"type":"string","x-mcp-header":"A","type":"number"})"));
  CHECK(read(with_property(R"({"type":"string","type":"number","title":"x-mcp-header"})")).empty());
}

TEST_CASE("too many and too deep annotations are refused", "[param-headers][HDR-15]") {
  const auto many = [](int count) {
    std::string properties;
    for (int i = 0; i < count; ++i) {
      if (i > 0) properties += ',';
      properties += "\"p" + std::to_string(i) + R"(":{"type":"string","x-mcp-header":"H)" + std::to_string(i) + "\"}";
    }
    return R"({"properties":{)" + properties + "}}";
  };
  CHECK(read(many(64)).size() == 64);
  refuse(many(65));

  const auto deep = [](int levels) {
    std::string schema = R"({"type":"string","x-mcp-header":"X"})";
    for (int i = 0; i < levels; ++i) schema = R"({"properties":{"a":)" + schema + "}}";
    return schema;
  };
  CHECK(read(deep(100)).front().path.size() == 100);
  refuse(deep(200));
}

}  // namespace
}  // namespace mcprouter::detail
