#include "backend/header_rules.hpp"

#include "support/catch.hpp"

using mcprouter::HeaderRules;
using mcprouter::Headers;
using namespace mcprouter::detail;

TEST_CASE("without rules only trace context and language reach a backend", "[headers]") {
  const Headers client = {{"Traceparent", "t"},     {"tracestate", "s"}, {"baggage", "b"},    {"Accept-Language", "de"},
                          {"Authorization", "B x"}, {"Cookie", "c"},     {"User-Agent", "u"}, {"X-Forwarded-For", "1"}};
  CHECK(forwarded_headers(client, {}) ==
        Headers{{"Traceparent", "t"}, {"tracestate", "s"}, {"baggage", "b"}, {"Accept-Language", "de"}});
}

TEST_CASE("what rules can never let through is not kept for later ones", "[headers]") {
  const Headers client{{"Host", "h"},     {"Connection", "X-Hop"},      {"X-Hop", "1"}, {"Mcp-Session-Id", "s"},
                       {"Accept", "*/*"}, {"Authorization", "B x"},     {"X-A", "1"},   {"Last-Event-ID", "7"},
                       {"X-Bad", "a\nb"}, {"Content-Type", "text/html"}};
  CHECK(forwardable_headers(client) == Headers{{"Authorization", "B x"}, {"X-A", "1"}});
}

TEST_CASE("named headers pass without regard to case, in order and repeated", "[headers]") {
  HeaderRules rules;
  rules.forward = {"authorization", "X-Tenant"};
  const Headers client = {{"x-tenant", "1"}, {"Authorization", "B x"}, {"X-TENANT", "2"}, {"X-Other", "3"}};
  CHECK(forwarded_headers(client, rules) == Headers{{"x-tenant", "1"}, {"Authorization", "B x"}, {"X-TENANT", "2"}});
}

TEST_CASE("a renamed header passes under the new name only", "[headers]") {
  HeaderRules rules;
  rules.rename = {{"X-Backend-Token", "Authorization"}};
  const Headers client = {{"x-backend-token", "1"}, {"Authorization", "for the router"}, {"X-Backend-Token", "2"}};
  CHECK(forwarded_headers(client, rules) == Headers{{"Authorization", "1"}, {"Authorization", "2"}});
}

TEST_CASE("a header that is both named and renamed passes under both names", "[headers]") {
  HeaderRules rules;
  rules.forward = {"X-A"};
  rules.rename = {{"X-A", "X-B"}};
  CHECK(forwarded_headers({{"X-A", "1"}}, rules) == Headers{{"X-A", "1"}, {"X-B", "1"}});
}

TEST_CASE("reserved headers never pass even when named", "[headers]") {
  for (const char* name :
       {"Host", "content-length", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive", "TE", "Trailer",
        "Upgrade", "Proxy-Connection", "Proxy-Authorization", "Origin", "Mcp-Session-Id", "mcp-protocol-version",
        "MCP-NAME", "Accept", "Accept-Encoding", "Expect", "Last-Event-ID"}) {
    CAPTURE(name);
    HeaderRules rules;
    rules.forward = {name};
    rules.rename = {{name, "X-To"}, {"X-From", name}};
    CHECK(forwarded_headers({{name, "v"}, {"X-From", "v"}}, rules).empty());
    CHECK(is_reserved_header(name));
  }
  for (const char* name : {"Mcp", "McpSession", "Contents", "X-Mcp-A", "Accept-Language", "User-Agent", ""}) {
    CAPTURE(name);
    CHECK_FALSE(is_reserved_header(name));
  }
}

TEST_CASE("headers that the client's Connection names do not pass", "[headers]") {
  HeaderRules rules;
  rules.forward = {"X-A", "X-B", "X-C"};
  const Headers client = {{"Connection", "close, x-a ,,"}, {"X-A", "1"},        {"X-B", "2"}, {"X-C", "3"},
                          {"connection", "\tX-C"},         {"traceparent", "t"}};
  CHECK(forwarded_headers(client, rules) == Headers{{"X-B", "2"}, {"traceparent", "t"}});
  CHECK(forwarded_headers({{"Connection", ""}, {"X-A", "1"}}, rules) == Headers{{"X-A", "1"}});
}

TEST_CASE("a field that may not stand on a wire does not pass", "[headers]") {
  HeaderRules rules;
  rules.forward = {"X-A", "X B"};
  rules.rename = {{"X-B", "X\r\nEvil"}};
  for (const char* value : {"a\r\nEvil: 1", "a\nb", "a\rb", "\x7f"}) {
    CHECK(forwarded_headers({{"X-A", value}}, rules).empty());
  }
  CHECK(forwarded_headers({{"X-A", std::string("a\0b", 3)}, {"X B", "1"}, {"X-B", "1"}}, rules).empty());
}

TEST_CASE("a session keeps forwarded headers without trace context", "[headers]") {
  CHECK(session_headers({{"Authorization", "B x"},
                         {"TraceParent", "t"},
                         {"tracestate", "s"},
                         {"Baggage", "b"},
                         {"Accept-Language", "de"}}) == Headers{{"Authorization", "B x"}, {"Accept-Language", "de"}});
}

TEST_CASE("a set header replaces every one of that name", "[headers]") {
  HeaderRules rules;
  rules.set = {{"Authorization", "ours"}, {"X-More", "1"}, {"X-More", "2"}};
  Headers headers = {{"authorization", "theirs"}, {"X-Keep", "k"}, {"AUTHORIZATION", "theirs too"}};
  apply_set(headers, rules);
  CHECK(headers == Headers{{"X-Keep", "k"}, {"Authorization", "ours"}, {"X-More", "1"}, {"X-More", "2"}});
}
