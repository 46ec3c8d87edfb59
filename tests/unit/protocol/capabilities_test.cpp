#include "protocol/capabilities.hpp"

#include "support/catch.hpp"

using namespace mcprouter::detail;

TEST_CASE("of a client's capabilities a backend is offered what can be carried", "[capabilities][SMP-02]") {
  CHECK(offered_capabilities("{}") == "{}");
  CHECK(offered_capabilities(R"({"roots":{"listChanged":true},"experimental":{"x":{}},"tasks":{}})") ==
        R"({"roots":{"listChanged":true}})");
  CHECK(offered_capabilities(R"({"sampling":{"context":{},"tools":{}},"elicitation":{"form":{},"url":{}}})") ==
        R"({"sampling":{"tools":{}},"elicitation":{"form":{},"url":{}}})");
  CHECK(offered_capabilities(R"({"sampling":true,"roots":[]})") == "{}");
}

TEST_CASE("clients that can be asked the same have the same capabilities", "[capabilities][ELI-01]") {
  CHECK(normalised_capabilities("{}") == "{}");
  CHECK(normalised_capabilities(R"({"experimental":{"a":{}},"roots":{"listChanged":true},"elicitation":7})") ==
        R"({"roots":{}})");
  for (const char* const form : {R"({"elicitation":{}})", R"({"elicitation":{"form":{"a":1},"b":2}})"}) {
    CHECK(normalised_capabilities(form) == R"({"elicitation":{"form":{}}})");
  }
  CHECK(normalised_capabilities(R"({"elicitation":{"url":{}}})") == R"({"elicitation":{"url":{}}})");
  CHECK(normalised_capabilities(R"({"sampling":{"tools":{"a":1},"context":{}},"elicitation":{"url":{},"form":{}}})") ==
        R"({"elicitation":{"form":{},"url":{}},"sampling":{"tools":{}}})");
}

TEST_CASE("a capability is declared by an object or true", "[capabilities]") {
  constexpr std::string_view kCapabilities = R"({"resources":{"subscribe":true,"x":false},"tools":{},"logging":null})";
  CHECK(has_capability(kCapabilities, "resources"));
  CHECK(has_capability(kCapabilities, "resources.subscribe"));
  CHECK(has_capability(kCapabilities, "tools"));
  CHECK_FALSE(has_capability(kCapabilities, "resources.x"));
  CHECK_FALSE(has_capability(kCapabilities, "resources.subscribe.deeper"));
  CHECK_FALSE(has_capability(kCapabilities, "logging"));
  CHECK_FALSE(has_capability(kCapabilities, "prompts"));
}

TEST_CASE("what is served is what some backend has", "[capabilities]") {
  CHECK(served_capabilities({}) == "{}");
  CHECK(served_capabilities({{R"({"tools":{}})", R"({"logging":{}})"}}) ==
        R"({"logging":{},"tools":{"listChanged":true}})");
  CHECK(served_capabilities({{R"({"resources":{}})", R"({"resources":{"subscribe":true}})"}}) ==
        R"({"resources":{"subscribe":true,"listChanged":true}})");
}

TEST_CASE("a backend that was never reached may have lists", "[capabilities]") {
  ServedCapabilities served;
  served.some_unknown = true;
  CHECK(served_capabilities(served) == R"({"prompts":{"listChanged":true},"resources":{"listChanged":true},)"
                                       R"("tools":{"listChanged":true}})");
}

TEST_CASE("tasks are served to versions that have them, and listed to those who are somebody",
          "[capabilities][tasks]") {
  ServedCapabilities served{{R"({"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}})"}};
  CHECK(served_capabilities(served) == "{}");
  served.tasks = true;
  CHECK(served_capabilities(served) == R"({"tasks":{"cancel":{},"requests":{"tools":{"call":{}}}}})");
  served.task_lists = true;
  CHECK(served_capabilities(served) == R"({"tasks":{"cancel":{},"list":{},"requests":{"tools":{"call":{}}}}})");
}
