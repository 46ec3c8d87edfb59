#include "protocol/version.hpp"

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

TEST_CASE("initialize agrees to every session-ful version and else offers the newest (VER-01)", "[version]") {
  for (const auto version : {"2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"}) {
    CHECK(is_session_version(version));
    CHECK(negotiate(version) == version);
  }
  for (const auto version : {"2026-07-28", "1999-01-01", "", "2025-11-25 ", "banana"}) {
    CHECK_FALSE(is_session_version(version));
    CHECK(negotiate(version) == "2025-11-25");
  }
}

TEST_CASE("a negotiated version outlives the text that asked for it", "[version]") {
  std::string_view agreed;
  {
    const std::string requested = "2025-06-18";
    agreed = negotiate(requested);
    CHECK(agreed.data() != requested.data());
  }
  CHECK(agreed == version_2025_06_18);
}

TEST_CASE("batches belong to the two oldest versions (BAT-01, BAT-04)", "[version][batch]") {
  CHECK(allows_batches("2024-11-05"));
  CHECK(allows_batches("2025-03-26"));
  CHECK_FALSE(allows_batches("2025-06-18"));
  CHECK_FALSE(allows_batches("2025-11-25"));
  CHECK_FALSE(allows_batches(modern_version));
  CHECK_FALSE(allows_batches(""));
}

}  // namespace
}  // namespace mcprouter::detail
