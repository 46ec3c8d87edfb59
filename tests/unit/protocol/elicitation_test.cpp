#include "protocol/elicitation.hpp"

#include "support/catch.hpp"

using namespace mcprouter::detail;

TEST_CASE("an elicitation says who asks", "[elicitation][ELI-02]") {
  CHECK(signed_by("github", R"("Which \"one\"?")") == R"("[github] Which \"one\"?")");
  CHECK(signed_by("", R"("Which?")") == R"("Which?")");
  CHECK(signed_by("github", "1") == "1");
  CHECK(signed_params("a", "elicitation/create", R"({"mode":"url","message":"Visit","url":"https://x"})") ==
        R"({"mode":"url","message":"[a] Visit","url":"https://x"})");
  CHECK(signed_params("a", "elicitation/create", R"({"message":1})") == R"({"message":1})");
  CHECK(signed_params("a", "sampling/createMessage", R"({"message":"m"})") == R"({"message":"m"})");
  CHECK(signed_params("a", "elicitation/create", "") == "");
}
