#include "protocol/input_capability.hpp"

#include "support/catch.hpp"

using namespace mcprouter::detail;

TEST_CASE("each kind of input needs its capability", "[mrtr]") {
  CHECK(needed_capability("roots/list", "") == "roots");
  CHECK(needed_capability("sampling/createMessage", "{}") == "sampling");
  CHECK(needed_capability("sampling/createMessage", R"({"tools":[]})") == "sampling.tools");
  CHECK(needed_capability("sampling/createMessage", R"({"toolChoice":{}})") == "sampling.tools");
  CHECK(needed_capability("elicitation/create", R"({"mode":"form"})") == "elicitation");
  CHECK(needed_capability("elicitation/create", R"({"mode":["url"]})") == "elicitation");
  CHECK(needed_capability("elicitation/create", R"({"mode":"url"})") == "elicitation.url");
  CHECK(needed_capability("tools/call", "{}").empty());
  CHECK(needed_capability("", "[]").empty());
}

TEST_CASE("a client is asked only what it declared (ELI-01, SMP-01, MRTR-05)", "[mrtr]") {
  constexpr std::string_view kForm = R"({"message":"?"})";
  constexpr std::string_view kUrl = R"({"mode":"url"})";
  CHECK(may_ask(R"({"elicitation":{}})", "elicitation/create", kForm));
  CHECK_FALSE(may_ask(R"({"elicitation":{}})", "elicitation/create", kUrl));
  CHECK(may_ask(R"({"elicitation":{"form":{},"url":{}}})", "elicitation/create", kForm));
  CHECK(may_ask(R"({"elicitation":{"url":{}}})", "elicitation/create", kUrl));
  CHECK_FALSE(may_ask(R"({"elicitation":{"url":{}}})", "elicitation/create", kForm));
  CHECK(may_ask(R"({"sampling":{}})", "sampling/createMessage", "{}"));
  CHECK_FALSE(may_ask(R"({"sampling":{}})", "sampling/createMessage", R"({"tools":[]})"));
  CHECK(may_ask(R"({"sampling":{"tools":{}}})", "sampling/createMessage", R"({"tools":[]})"));
  CHECK_FALSE(may_ask("{}", "roots/list", ""));
  CHECK_FALSE(may_ask(R"({"tools":{}})", "tools/call", ""));
}

TEST_CASE("a missing capability is told as an object (META-09, TRAP-05)", "[mrtr]") {
  CHECK(required_capabilities("roots") == R"({"roots":{}})");
  CHECK(required_capabilities("elicitation.url") == R"({"elicitation":{"url":{}}})");
}
