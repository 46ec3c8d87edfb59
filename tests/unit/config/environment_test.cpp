#include "config/environment.hpp"

#include <map>
#include <optional>
#include <string>

#include "support/catch.hpp"

using mcprouter::ConfigError;
using mcprouter::detail::expand_environment;

namespace {

std::optional<std::string> lookup(std::string_view name) {
  static const std::map<std::string, std::string, std::less<>> values = {
      {"TOKEN", "s3cret"}, {"EMPTY", ""}, {"_X1", "${TOKEN}"}, {"LATIN1", "\xe4"}, {"LONG", std::string(70'000, 'x')}};
  const auto found = values.find(name);
  if (found == values.end()) return std::nullopt;
  return found->second;
}

std::string expand(std::string_view text) { return expand_environment(text, lookup, "$.a"); }

std::string problem(std::string_view text) {
  try {
    (void)expand(text);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("references to the environment are replaced by its values", "[config]") {
  CHECK(expand("Bearer ${TOKEN}") == "Bearer s3cret");
  CHECK(expand("${TOKEN}${TOKEN}") == "s3crets3cret");
  CHECK(expand("a${EMPTY}b") == "ab");
  CHECK(expand("no reference $TOKEN $$ $") == "no reference $TOKEN $$ $");
}

TEST_CASE("a value that looks like a reference is not expanded again", "[config]") {
  CHECK(expand("${_X1}") == "${TOKEN}");
}

TEST_CASE("a default counts when the variable is unset or empty", "[config]") {
  CHECK(expand("${NONE:-http://127.0.0.1:1/}") == "http://127.0.0.1:1/");
  CHECK(expand("${EMPTY:-x}") == "x");
  CHECK(expand("${TOKEN:-x}") == "s3cret");
  CHECK(expand("${NONE:-}").empty());
}

TEST_CASE("a doubled dollar sign makes a literal brace", "[config]") {
  CHECK(expand("$${TOKEN}") == "${TOKEN}");
  CHECK(expand("$$${TOKEN}") == "$${TOKEN}");
}

TEST_CASE("a variable that is not set is named with the path", "[config]") {
  CHECK(problem("${NONE}") == "$.a: the environment variable NONE is not set");
  CHECK_THROWS_AS(expand_environment("${TOKEN}", nullptr, "$"), ConfigError);
}

TEST_CASE("a malformed reference is refused", "[config]") {
  for (const char* text : {"${}", "${1A}", "${A-B}", "${A:B}", "${:-x}", "${ A}"}) {
    CHECK(problem(text) == "$.a: expected ${NAME} or ${NAME:-default}; write $${ for a literal ${");
  }
  CHECK(problem("x ${TOKEN") == "$.a: expected a } after ${; write $${ for a literal ${");
}

TEST_CASE("a value from the environment is UTF-8 and not too long", "[config]") {
  CHECK(problem("${LATIN1}") == "$.a: the environment variable LATIN1 is not UTF-8");
  CHECK(problem("${LONG}") == "$.a: the value is too long; expected at most 65536 bytes");
}
