#include "protocol/url.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

TEST_CASE("an absolute URL is taken apart", "[url]") {
  struct Case {
    std::string_view text;
    std::string scheme;
    std::string host;
    std::uint16_t port;
    std::string target;
  };
  const std::vector<Case> cases = {
      {"http://127.0.0.1:3001/mcp", "http", "127.0.0.1", 3001, "/mcp"},
      {"https://Host.Example", "https", "host.example", 443, "/"},
      {"HTTP://a", "http", "a", 80, "/"},
      {"http://a/", "http", "a", 80, "/"},
      {"http://a?x=1", "http", "a", 80, "/?x=1"},
      {"http://a/b/c;d?x=1&y=%20@:/?!", "http", "a", 80, "/b/c;d?x=1&y=%20@:/?!"},
      {"https://[::1]:8443/~m(c)p", "https", "[::1]", 8443, "/~m(c)p"},
      {"http://a//b", "http", "a", 80, "//b"},
  };
  for (const auto& [text, scheme, host, port, target] : cases) {
    CAPTURE(text);
    const auto url = parse_url(text);
    REQUIRE(url);
    CHECK(url->scheme == scheme);
    CHECK(url->host == host);
    CHECK(url->port == port);
    CHECK(url->target == target);
  }
}

TEST_CASE("what is no absolute http or https URL is refused", "[url]") {
  const std::vector<std::string> refused = {"",
                                            "a",
                                            "/mcp",
                                            "//a/mcp",
                                            "http:",
                                            "http:/a",
                                            "http:a",
                                            "http://",
                                            "http:///mcp",
                                            "http://:80/",
                                            "ftp://a/",
                                            "ws://a/",
                                            "file:///x",
                                            "javascript:alert(1)//://a",
                                            " http://a",
                                            "http ://a",
                                            "http://a ",
                                            "http://a/b c",
                                            "http://user@a/",
                                            "http://user:pw@a/",
                                            "http://a@b/",
                                            "http://a#f",
                                            "http://a/#",
                                            "http://a/?x#y",
                                            "http://a\\b",
                                            "http://a/\\b",
                                            "http://a/\n",
                                            "http://a/\r\nX: y",
                                            "http://a/\t",
                                            std::string("http://a/\0", 10),
                                            "http://a/\x7F",
                                            "http://a/\xC3\xA9",
                                            "http://a/%",
                                            "http://a/%4",
                                            "http://a/%zz",
                                            "http://a/{x}",
                                            "http://${HOST}/mcp",
                                            "http://a/<b>",
                                            "http://a/\"",
                                            "http://a/[b]",
                                            "http://a/|",
                                            "http://a/^",
                                            "http://a/`",
                                            "http://a:0/",
                                            "http://a:65536/",
                                            "http://a:/",
                                            "http://a:8x/",
                                            "http://[::1",
                                            "http://::1/",
                                            "http://[::g]/",
                                            "http://a%41/"};
  for (const std::string& text : refused) {
    CAPTURE(text);
    CHECK_FALSE(parse_url(text));
  }
}

}  // namespace
}  // namespace mcprouter::detail
