#include "config/duration.hpp"

#include "support/catch.hpp"

using mcprouter::detail::parse_duration;
using std::chrono::milliseconds;

TEST_CASE("a duration is a whole number and its unit", "[config]") {
  CHECK(parse_duration("1ms") == milliseconds(1));
  CHECK(parse_duration("250ms") == milliseconds(250));
  CHECK(parse_duration("5s") == milliseconds(5'000));
  CHECK(parse_duration("30m") == milliseconds(1'800'000));
  CHECK(parse_duration("1h") == milliseconds(3'600'000));
  CHECK(parse_duration("8760h") == mcprouter::detail::max_duration);
}

TEST_CASE("anything else is no duration", "[config]") {
  for (const char* text : {"", "5", "s", "0s", "00ms", "-5s", "+5s", " 5s", "5 s", "5s ", "1.5s", "1h30m", "5S", "5d",
                           "8761h", "18446744073709551616ms", "9223372036854775807h"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text));
  }
}
