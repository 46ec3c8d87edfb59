#include "mcprouter/config.hpp"
#include "support/catch.hpp"

using mcprouter::parse_listen;

TEST_CASE("an address to listen on is split into host and port", "[config]") {
  const auto check = [](std::string_view text, const char* host, int port) {
    CAPTURE(text);
    const auto parsed = parse_listen(text);
    REQUIRE(parsed);
    CHECK(parsed->host == host);
    CHECK(parsed->port == port);
  };
  check("127.0.0.1:8080", "127.0.0.1", 8080);
  check("localhost:0", "localhost", 0);
  check("gw-1.example:65535", "gw-1.example", 65535);
  check("[::1]:80", "::1", 80);
  check("[2001:db8::7]:8080", "2001:db8::7", 8080);
  check(":8080", "0.0.0.0", 8080);
}

TEST_CASE("what is no address to listen on is refused", "[config]") {
  for (const char* text : {"", ":", "8080", "localhost", "localhost:", "localhost:65536", "localhost:-1",
                           "localhost:+1", "localhost:80x", "::1:8080", "[::1]", "[]:80", "[x]:80", "[localhost]:80",
                           "a b:80", "http://localhost:80", "user@host:80", "host:80/", "*:80"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_listen(text));
  }
}
