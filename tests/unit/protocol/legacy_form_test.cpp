#include "protocol/legacy_form.hpp"

#include "support/catch.hpp"

using mcprouter::detail::legacy_form;

TEST_CASE("a form for an older client has choices as enum and enumNames", "[bridge][form]") {
  CHECK(
      legacy_form(
          R"({"type":"object","properties":{"c":{"type":"string","oneOf":[{"const":"r","title":"Red"},{"const":"g"}]}}})") ==
      R"({"type":"object","properties":{"c":{"type":"string","enum":["r","g"],"enumNames":["Red","g"]}}})");
}

TEST_CASE("a form for an older client has no property of several values, nor defaults but of booleans",
          "[bridge][form]") {
  CHECK(legacy_form(R"({"type":"object","properties":{"many":{"type":"array","items":{"type":"string","enum":["a"]}},)"
                    R"("n":{"type":"number","default":1,"minimum":0},"b":{"type":"boolean","default":true}},)"
                    R"("required":["many","n"]})") ==
        R"({"type":"object","properties":{"n":{"type":"number","minimum":0},"b":{"type":"boolean","default":true}},)"
        R"("required":["n"]})");
}

TEST_CASE("a form that older clients know stays as it is", "[bridge][form]") {
  for (const char* form : {R"({"type":"object","properties":{"e":{"type":"string","enum":["a"]}},"required":["e"]})",
                           R"({"type":"object"})", "[]", "1", ""}) {
    CHECK(legacy_form(form) == form);
  }
}
