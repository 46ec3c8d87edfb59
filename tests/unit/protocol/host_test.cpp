#include "protocol/host.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

TEST_CASE("a Host value is split into host and port", "[host]") {
  struct Case {
    std::string_view text;
    std::string host;
    std::optional<std::uint16_t> port;
  };
  const std::vector<Case> cases = {
      {"localhost", "localhost", std::nullopt},
      {"LocalHost:8080", "localhost", 8080},
      {"a-b_c.example:1", "a-b_c.example", 1},
      {"127.0.0.1:65535", "127.0.0.1", 65535},
      {"[::1]", "[::1]", std::nullopt},
      {"[2001:DB8::1]:443", "[2001:db8::1]", 443},
      {"[1:2:3:4:5:6:7:8]", "[1:2:3:4:5:6:7:8]", std::nullopt},
      {"[::ffff:1.2.3.4]", "[::ffff:1.2.3.4]", std::nullopt},
      {"[::]", "[::]", std::nullopt},
      {"[1::]", "[1::]", std::nullopt},
      {"example.com.", "example.com.", std::nullopt},
  };
  for (const auto& [text, host, port] : cases) {
    CAPTURE(text);
    const auto value = split_host(text);
    REQUIRE(value);
    CHECK(value->host == host);
    CHECK(value->port == port);
  }
}

TEST_CASE("a Host value that is anything else is refused", "[host]") {
  const std::vector<std::string> refused = {"",
                                            ":80",
                                            "a:",
                                            "a:0",
                                            "a:65536",
                                            "a:080",
                                            "a:-1",
                                            "a:+1",
                                            "a: 80",
                                            "a:80 ",
                                            " a",
                                            "a b",
                                            "a:80:80",
                                            "a:8x",
                                            "user@a",
                                            "user:pw@a:80",
                                            "a/b",
                                            "a?b",
                                            "a#b",
                                            "a\\b",
                                            "a,b",
                                            "a%41",
                                            "\xC3\xA9.example",
                                            "a..b",
                                            ".a",
                                            "a\nb",
                                            std::string("a\0b", 3),
                                            "::1",
                                            "[",
                                            "[]",
                                            "[::1",
                                            "::1]",
                                            "[::1]x",
                                            "[::1]:",
                                            "[::1]:0",
                                            "[:::]",
                                            "[1::2::3]",
                                            "[1:2:3:4:5:6:7]",
                                            "[1:2:3:4:5:6:7:8:9]",
                                            "[1:2:3:4:5:6:7:8::]",
                                            "[12345::]",
                                            "[g::]",
                                            "[:1]",
                                            "[1:]",
                                            "[fe80::1%eth0]",
                                            "[::1.2.3]",
                                            "[::1.2.3.256]",
                                            "[1.2.3.4::]",
                                            "[v1.x]",
                                            "[127.0.0.1]",
                                            std::string(254, 'a'),
                                            "a:99999999999999999999"};
  for (const std::string& text : refused) {
    CAPTURE(text);
    CHECK_FALSE(split_host(text));
  }
}

TEST_CASE("loopback hosts are localhost, 127.0.0.0/8 and ::1 in any spelling", "[host]") {
  for (const std::string_view host :
       {"localhost", "LOCALHOST", "127.0.0.1", "127.255.0.9", "[::1]", "::1", "[0:0:0:0:0:0:0:1]", "[0000::0.0.0.1]"}) {
    CAPTURE(host);
    CHECK(is_loopback_host(host));
  }
  for (const std::string_view host : {"",
                                      "localhost.",
                                      "localhost.evil.example",
                                      "evil-localhost",
                                      "127.0.0.1.evil.example",
                                      "127.1",
                                      "0177.0.0.1",
                                      "127.0.0.01",
                                      "127.0.0.256",
                                      "127.0.0.1.",
                                      "2130706433",
                                      "0.0.0.0",
                                      "128.0.0.1",
                                      "[::]",
                                      "[::2]",
                                      "[1::1]",
                                      "[::ffff:127.0.0.1]",
                                      "[]",
                                      "[",
                                      "]",
                                      "localhost:80",
                                      "127.0.0.1:80"}) {
    CAPTURE(host);
    CHECK_FALSE(is_loopback_host(host));
  }
}

}  // namespace
}  // namespace mcprouter::detail
