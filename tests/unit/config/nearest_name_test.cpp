#include "config/nearest_name.hpp"

#include "support/catch.hpp"

using mcprouter::detail::nearest_name;

TEST_CASE("the known name with the fewest edits is suggested", "[config]") {
  const std::vector<std::string_view> known = {"maxSessions", "maxSessionsPerClient", "idleTimeout", "url"};
  CHECK(nearest_name("maxSession", known) == "maxSessions");
  CHECK(nearest_name("max_sessions_per_client", known) == "maxSessionsPerClient");
  CHECK(nearest_name("idelTimeout", known) == "idleTimeout");
  CHECK(nearest_name("URL", known) == "url");
  CHECK(nearest_name("uri", known) == "url");
}

TEST_CASE("a name that is far from all gets no suggestion", "[config]") {
  const std::vector<std::string_view> known = {"url", "headers"};
  CHECK(nearest_name("enabled", known).empty());
  CHECK(nearest_name("id", known).empty());
  CHECK(nearest_name("", known).empty());
  CHECK(nearest_name(std::string(100'000, 'x'), known).empty());
}
