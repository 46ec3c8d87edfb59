#include "protocol/origin.hpp"

#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

using List = std::vector<std::string>;

TEST_CASE("loopback hosts are served with any port (HTTP-04)", "[origin]") {
  for (const std::string_view host : {"localhost", "localhost:8080", "127.0.0.1", "127.0.0.1:1", "[::1]", "[::1]:9"}) {
    CHECK(host_allowed(host, {}));
  }
  for (const std::string_view host : {"", "evil.example", "evil.example:8080", "localhost.evil.example",
                                      "localhost@evil", "localhost:99999", "0.0.0.0", "localhost, evil.example"}) {
    CAPTURE(host);
    CHECK_FALSE(host_allowed(host, {}));
  }
}

TEST_CASE("other hosts are served by name with any port", "[origin]") {
  const List allowed = {"MCP.example", "[2001:db8::1]", "10.0.0.1"};
  CHECK(host_allowed("mcp.example", allowed));
  CHECK(host_allowed("mcp.EXAMPLE:8443", allowed));
  CHECK(host_allowed("[2001:DB8::1]:80", allowed));
  CHECK(host_allowed("10.0.0.1", allowed));
  CHECK(host_allowed("localhost", allowed));
  CHECK_FALSE(host_allowed("mcp.example.evil", allowed));
  CHECK_FALSE(host_allowed("x.mcp.example", allowed));
  CHECK_FALSE(host_allowed("mcp.example:0", allowed));
}

TEST_CASE("a star serves every host that is well formed", "[origin]") {
  CHECK(host_allowed("anything.example:5", {"*"}));
  CHECK_FALSE(host_allowed("", {"*"}));
  CHECK_FALSE(host_allowed("a b", {"*"}));
  CHECK_FALSE(host_allowed("user@a", {"*"}));
}

TEST_CASE("origins of loopback hosts may always call (HTTP-03)", "[origin]") {
  for (const std::string_view origin : {"http://localhost", "https://localhost:8443", "http://127.0.0.1:6274",
                                        "http://[::1]", "https://[::1]:1", "HTTP://LOCALHOST"}) {
    CAPTURE(origin);
    CHECK(origin_allowed(origin, {}));
  }
}

TEST_CASE("other origins may call only if they are listed by scheme, host and port", "[origin]") {
  const List allowed = {"https://app.example", "http://dev.example:3000", "not an origin"};
  for (const std::string_view origin :
       {"https://app.example", "https://app.example:443", "HTTPS://App.Example", "http://dev.example:3000"}) {
    CAPTURE(origin);
    CHECK(origin_allowed(origin, allowed));
  }
  for (const std::string_view origin : {"http://app.example", "https://app.example:8443", "https://app.example.evil",
                                        "https://x.app.example", "http://dev.example", "http://dev.example:30000"}) {
    CAPTURE(origin);
    CHECK_FALSE(origin_allowed(origin, allowed));
  }
}

TEST_CASE("what is no origin may not call, whatever is listed", "[origin]") {
  const List allowed = {"null", "*", "", "https://app.example/", "file://", "https://app.example"};
  for (const std::string_view origin : {"null",
                                        "",
                                        "*",
                                        "https://app.example/",
                                        "https://app.example/x",
                                        "https://app.example?x",
                                        "https://app.example#",
                                        "https://user@app.example",
                                        "https://app.example https://app.example",
                                        "app.example",
                                        "//app.example",
                                        "file://",
                                        "ftp://localhost",
                                        "chrome-extension://abc",
                                        "http://localhost@evil.example",
                                        "http://localhost/",
                                        "http://localhost:0",
                                        "http://localhost:",
                                        " http://localhost",
                                        "http://localhost\n",
                                        "http://",
                                        "https://app.example, https://evil.example"}) {
    CAPTURE(origin);
    CHECK_FALSE(origin_allowed(origin, allowed));
  }
}

TEST_CASE("a session id is of visible ASCII without percent sign (SES-03)", "[origin][session]") {
  CHECK(is_session_id("a", 1));
  CHECK(is_session_id("!~{}\"-_", 256));
  CHECK(is_session_id(std::string(256, 'x'), 256));
  CHECK(is_session_id("a", std::numeric_limits<std::size_t>::max()));
  CHECK_FALSE(is_session_id("", 256));
  CHECK_FALSE(is_session_id(std::string(257, 'x'), 256));
  for (const std::string_view id : {" ", "a b", "a%0d", "a\r\nb", "a\t", "\x7F", "\xC3\xA9", "\xFF"}) {
    CAPTURE(id);
    CHECK_FALSE(is_session_id(id, 256));
  }
  CHECK_FALSE(is_session_id(std::string_view("a\0", 2), 256));
}

}  // namespace
}  // namespace mcprouter::detail
