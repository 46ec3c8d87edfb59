#include <optional>
#include <string>

#include "mcprouter/config.hpp"
#include "support/catch.hpp"
#include "unit/config/config_error.hpp"

using namespace mcprouter;

namespace {

constexpr const char* url = R"("url": "http://127.0.0.1:9001/mcp")";

std::optional<std::string> secrets(std::string_view name) {
  if (name == "TOKEN") return "s3cret";
  if (name == "BROKEN") return "s3cret\r\nX-Evil: 1";
  return std::nullopt;
}

std::string with_rules(const std::string& server, const std::string& shared) {
  return std::string(R"({"mcpServers": {"s": {)") + url + (server.empty() ? "" : ", ") + server +
         R"(}}, "router": {"headers": {)" + shared + "}}}";
}

}  // namespace

TEST_CASE("servers keep the file's order", "[config]") {
  const Config config = parse_config(R"({"mcpServers": {
      "zeta": {"url": "http://127.0.0.1:1/"}, "alpha": {"type": "http", "url": "https://a.example/mcp?x=1"},
      "Mid-1.x": {"type": "streamable-http", "url": "http://[::1]:3/mcp"}}})",
                                     {});
  REQUIRE(config.backends.size() == 3);
  CHECK(config.backends[0].name == "zeta");
  CHECK(config.backends[1].name == "alpha");
  CHECK(config.backends[1].url == "https://a.example/mcp?x=1");
  CHECK(config.backends[2].name == "Mid-1.x");
}

TEST_CASE("header rules of a server are read and expanded", "[config]") {
  const Config config = parse_config(with_server(std::string(url) + R"(,
      "headers": {"Authorization": "Bearer ${TOKEN}", "X-Key": "k"}, "forwardHeaders": ["Cookie"],
      "renameHeaders": {"X-From": "X-To", "Authorization": "X-Client-Authorization"})"),
                                     secrets);
  const HeaderRules& rules = config.backends.at(0).headers;
  CHECK(rules.set == Headers{{"Authorization", "Bearer s3cret"}, {"X-Key", "k"}});
  CHECK(rules.forward == std::vector<std::string>{"Cookie"});
  REQUIRE(rules.rename.size() == 2);
  CHECK(rules.rename[0].from == "X-From");
  CHECK(rules.rename[0].to == "X-To");
}

TEST_CASE("a server says which era it speaks and in which sessions modern clients use it", "[config][VER-13]") {
  const auto read = [](const std::string& members) {
    return parse_config(with_server(std::string(url) + members), {}).backends.at(0);
  };
  CHECK(read("").protocol == Protocol::automatic);
  CHECK(read("").affinity == Affinity::automatic);
  CHECK(read(R"(, "protocol": "auto", "affinity": "auto")").protocol == Protocol::automatic);
  CHECK(read(R"(, "protocol": "legacy")").protocol == Protocol::legacy);
  CHECK(read(R"(, "protocol": "modern")").protocol == Protocol::modern);
  CHECK(read(R"(, "affinity": "ephemeral")").affinity == Affinity::ephemeral);
  CHECK(read(R"(, "affinity": "principal")").affinity == Affinity::principal);
  CHECK(read(R"(, "affinity": "handle")").affinity == Affinity::handle);
  CHECK(read(R"(, "affinity": "shared")").affinity == Affinity::shared);
  CHECK(config_error(with_server(std::string(url) + R"(, "protocol": "2026-07-28")")) ==
        R"($.mcpServers.s.protocol: expected one of "auto", "legacy", "modern")");
  CHECK(config_error(with_server(std::string(url) + R"(, "affinity": "")"))
            .find("$.mcpServers.s.affinity: expected one of \"auto\"") == 0);
  CHECK(config_error(with_server(std::string(url) + R"(, "affinity": 1)")) ==
        "$.mcpServers.s.affinity: expected a string, found a number");
}

TEST_CASE("a configuration without servers is refused", "[config]") {
  CHECK(config_error("{}") == "$.mcpServers: is missing; expected an object of servers by name");
  CHECK(config_error(R"({"mcpServers": {}})") == "$.mcpServers: is empty; expected at least one server");
}

TEST_CASE("a server name that is there twice is refused", "[config]") {
  CHECK(config_error(R"({"mcpServers": {"a": {"url": "http://h/"}, "a": {"url": "http://h/"}}})") ==
        "$.mcpServers.a: this member is there twice; expected it once");
}

TEST_CASE("a server name that cannot prefix a tool's name is refused", "[config]") {
  for (const std::string name : {"", "a__b", "a_", "a b", "\xc3\xa4", "a/b", "123456789012345678901234567890123"}) {
    CAPTURE(name);
    const std::string error = config_error("{\"mcpServers\": {\"" + name + "\": {\"url\": \"http://h/\"}}}");
    CHECK(error.find("$.mcpServers") == 0);
    CHECK(error.find("expected a server name of 1 to 32 letters") != std::string::npos);
  }
  CHECK(config_error(R"({"mcpServers": {"_a": {"url": "http://h/"}, "a_b": {"url": "http://h/"}}})").empty());
}

TEST_CASE("other transports are refused with what to do", "[config]") {
  CHECK(config_error(with_server(R"("command": "npx", "args": [])"))
            .find("$.mcpServers.s.command: servers that are "
                  "started as a process") == 0);
  CHECK(config_error(with_server(R"("type": "stdio")")).find("$.mcpServers.s.type: servers that are started") == 0);
  CHECK(
      config_error(with_server(R"("type": "sse", "url": "http://h/sse")")).find("$.mcpServers.s.type: the HTTP+SSE") ==
      0);
  CHECK(config_error(with_server(R"("type": "ws", "url": "ws://h/")")) ==
        "$.mcpServers.s.type: expected \"http\" or \"streamable-http\"");
}

TEST_CASE("a bad URL is refused without being shown", "[config]") {
  CHECK(config_error(with_server("")) == "$.mcpServers.s.url: is missing; expected an http or https URL");
  for (const char* bad : {"", "h/mcp", "/mcp", "ftp://h/", "http://", "http:///mcp", "http://u:s3cret@h/",
                          "http://h/#f", "http://h:0/", "http://h:65536/", "http://h /", "http://h/${BROKEN}"}) {
    CAPTURE(bad);
    const std::string error = config_error(with_server(std::string(R"("url": ")") + bad + "\""), secrets);
    CHECK(error.find("$.mcpServers.s.url: expected an http or https URL") == 0);
    CHECK(error.find("s3cret") == std::string::npos);
  }
}

TEST_CASE("an unknown or mistyped member of a server is refused", "[config]") {
  CHECK(config_error(with_server(std::string(url) + R"(, "header": {})")) ==
        "$.mcpServers.s.header: unknown member; did you mean \"headers\"?");
  CHECK(config_error(with_server(R"("uri": "http://h/")")) ==
        "$.mcpServers.s.uri: unknown member; did you mean \"url\"?");
  CHECK(config_error(with_server(R"("url": 1)")) == "$.mcpServers.s.url: expected a string, found a number");
  CHECK(config_error(R"({"mcpServers": {"s": "http://h/"}})") == "$.mcpServers.s: expected an object, found a string");
  CHECK(config_error(with_server(std::string(url) + R"(, "headers": {"A": 1})")) ==
        "$.mcpServers.s.headers.A: expected a string, found a number");
}

TEST_CASE("a reserved or malformed header name is refused in every rule", "[config]") {
  for (const char* name : {"Host", "content-length", "Transfer-Encoding", "connection", "Mcp-Session-Id", "ORIGIN",
                           "TE", "Proxy-Authorization", "Accept", "Last-Event-ID", "", "X Y", "X:"}) {
    CAPTURE(name);
    const std::string quoted = "\"" + std::string(name) + "\"";
    const std::string server = std::string(url) + ", ";
    CHECK(config_error(with_server(server + R"("headers": {)" + quoted + R"(: "v"})")).find("$.mcpServers.s.headers") ==
          0);
    CHECK(config_error(with_server(server + R"("forwardHeaders": ["X-Ok", )" + quoted + "]"))
              .find("$.mcpServers.s.forwardHeaders[1]: ") == 0);
    CHECK(config_error(with_server(server + R"("renameHeaders": {)" + quoted + R"(: "X-To"})"))
              .find("$.mcpServers.s.renameHeaders") == 0);
    CHECK(config_error(with_server(server + R"("renameHeaders": {"X-From": )" + quoted + "}"))
              .find("$.mcpServers.s.renameHeaders.X-From: ") == 0);
  }
}

TEST_CASE("a header value with a line break is refused without being shown", "[config]") {
  CHECK(config_error(with_server(std::string(url) + R"(, "headers": {"X-Key": "${BROKEN}"})"), secrets) ==
        "$.mcpServers.s.headers.X-Key: expected a value without line breaks and control characters");
  CHECK(config_error(with_server(std::string(url) + R"(, "headers": {"X-Key": "a\u0000b"})")) ==
        "$.mcpServers.s.headers.X-Key: expected a value without line breaks and control characters");
}

TEST_CASE("two rules for one header are refused", "[config]") {
  const auto error = [](const std::string& members) {
    return config_error(with_server(std::string(url) + ", " + members));
  };
  CHECK(error(R"("headers": {"X-A": "1", "x-a": "2"})") ==
        "$.mcpServers.s.headers.x-a: this header is there twice; expected it once");
  for (const char* rules : {R"("renameHeaders": {"X-B": "X-C", "X-A": "x-c"})",
                            R"("forwardHeaders": ["x-c"], "renameHeaders": {"X-A": "X-C"})",
                            R"("renameHeaders": {"X-A": "Traceparent"})"}) {
    CHECK(error(rules).find("$.mcpServers.s.renameHeaders.X-A: another header is passed on") == 0);
  }
}

TEST_CASE("an unset variable is named with the path of the member", "[config]") {
  CHECK(config_error(with_server(std::string(url) + R"(, "headers": {"Authorization": "Bearer ${NONE}"})"), secrets) ==
        "$.mcpServers.s.headers.Authorization: the environment variable NONE is not set");
}

TEST_CASE("member names are not expanded", "[config]") {
  CHECK(config_error(with_server(std::string(url) + R"(, "headers": {"${TOKEN}": "v"})"), secrets) ==
        "$.mcpServers.s.headers[\"${TOKEN}\"]: expected an HTTP header name");
}

TEST_CASE("shared header rules reach every server and yield to its own", "[config]") {
  const Config config = parse_config(R"({"mcpServers": {
      "plain": {"url": "http://h/"},
      "own": {"url": "http://h/", "headers": {"x-set": "own"}, "forwardHeaders": ["x-one", "X-To"],
              "renameHeaders": {"X-Other": "X-Two"}}},
    "router": {"headers": {"forward": ["X-One", "X-Two"], "rename": {"X-From": "X-To"},
                           "set": {"X-Set": "shared", "X-More": "m"}}}})",
                                     {});
  const HeaderRules& plain = config.backends.at(0).headers;
  CHECK(plain.forward == std::vector<std::string>{"X-One", "X-Two"});
  REQUIRE(plain.rename.size() == 1);
  CHECK(plain.rename[0].to == "X-To");
  CHECK(plain.set == Headers{{"X-Set", "shared"}, {"X-More", "m"}});

  const HeaderRules& own = config.backends.at(1).headers;
  CHECK(own.forward == std::vector<std::string>{"x-one", "X-To"});
  REQUIRE(own.rename.size() == 1);
  CHECK(own.rename[0].from == "X-Other");
  CHECK(own.set == Headers{{"x-set", "own"}, {"X-More", "m"}});
  CHECK_NOTHROW(check(config.backends, "$.mcpServers"));
}

TEST_CASE("shared header rules are checked at their own place", "[config]") {
  CHECK(config_error(with_rules("", R"("forwards": [])")) ==
        "$.router.headers.forwards: unknown member; did you mean \"forward\"?");
  CHECK(config_error(with_rules("", R"("forward": ["Host"])")).find("$.router.headers.forward[0]: ") == 0);
  CHECK(config_error(with_rules("", R"("set": {"Mcp-Method": "x"})")).find("$.router.headers.set.Mcp-Method: ") == 0);
}

TEST_CASE("a client's credentials are passed on only to servers that name them", "[config]") {
  CHECK(config_error(with_rules("", R"("forward": ["X-A", "authorization"])"))
            .find("$.router.headers.forward[1]: a "
                  "client's authorization is not") == 0);
  CHECK(config_error(with_rules("", R"("rename": {"Cookie": "X-C"})")).find("$.router.headers.rename.Cookie: ") == 0);
  CHECK(config_error(with_rules(R"("forwardHeaders": ["Authorization"])", "")).empty());
}
