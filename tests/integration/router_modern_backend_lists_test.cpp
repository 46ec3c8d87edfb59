#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "catalog/backend_list.hpp"
#include "catalog/list_cache.hpp"
#include "support/catch.hpp"
#include "support/modern_backend.hpp"
#include "support/rig.hpp"
#include "support/scripted_backend.hpp"
#include "support/upstream_rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using detail::BackendList;
using nlohmann::json;

namespace {

detail::Task<void> fetch(detail::CallAccess access, detail::ListRequest request, std::shared_ptr<BackendList> result) {
  *result = co_await detail::fetch_list(access, std::move(request));
}

struct Fixture {
  explicit Fixture(std::string url = "http://a.test/mcp") : backend(UpstreamRig::backend_at(url)) {}

  detail::ListRequest request(const std::string& principal, const Headers& passed = {}) {
    SessionRecord record;
    record.principal_key = principal;
    return {detail::kToolList, UpstreamRig::virtual_session(record), backend, passed, {}, {}, &cache};
  }
  BackendList list(detail::ListRequest request) {
    auto result = std::make_shared<BackendList>();
    detail::detach(fetch(rig.access, std::move(request), result));
    rig.executor.run();
    return *result;
  }
  BackendList list(const std::string& principal = "", const Headers& passed = {}) {
    return list(request(principal, passed));
  }

  UpstreamRig rig;
  ModernBackend server{rig.http, "a"};
  BackendPtr backend;
  detail::ListCache cache;
};

std::vector<std::string> names(const BackendList& list) {
  std::vector<std::string> names;
  for (const auto entry : list.entries) {
    names.push_back(json::parse(entry).at("name"));
  }
  return names;
}

std::string tool(const std::string& name, const std::string& property) {
  return fmt::format(R"({{"name":"{}","inputSchema":{{"type":"object","properties":{{"p":{}}}}}}})", name, property);
}

std::string page(const std::string& id, const std::string& members) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"resultType":"complete",{}}}}})", id, members);
}

}  // namespace

TEST_CASE("a modern backend's list is asked for page by page, each request with its _meta", "[modern_backend][lists]") {
  Fixture fixture;
  fixture.server.on("tools/list", [](const auto& exchange) {
    const auto params = json::parse(exchange->request.body)["params"];
    const std::string id = id_of(exchange->request.body);
    exchange->json(params.contains("cursor")
                       ? page(id, R"("tools":[{"name":"two"}],"ttlMs":500,"cacheScope":"public")")
                       : page(id, R"("tools":[{"name":"one"}],"nextCursor":"","ttlMs":900,"cacheScope":"public")"));
  });
  const BackendList list = fixture.list();
  CHECK(list.ok);
  CHECK(names(list) == std::vector<std::string>{"one", "two"});
  CHECK(list.hints.ttl == 500ms);
  CHECK(list.hints.is_public);
  const auto seen = fixture.server.seen("tools/list");
  REQUIRE(seen.size() == 2);
  for (const Seen& one : seen) {
    CHECK(one.headers.get("Mcp-Method") == "tools/list");
    CHECK(json::parse(one.body)["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] == "2026-07-28");
  }
}

TEST_CASE("tools with headers that cannot be sent are left out and reported, the others stay",
          "[modern_backend][lists][PAR-02][TRAP-30]") {
  Fixture fixture;
  fixture.server.set_tools({
      tool("good", R"({"type":"string","x-mcp-header":"P"})"),
      tool("empty", R"({"type":"string","x-mcp-header":""})"),
      tool("space", R"({"type":"string","x-mcp-header":"a b"})"),
      tool("number", R"({"type":"number","x-mcp-header":"P"})"),
      tool("nested", R"({"type":"array","items":{"type":"string","x-mcp-header":"P"}})"),
      tool("plain", R"({"type":"string"})"),
  });
  const BackendList list = fixture.list();
  CHECK(names(list) == std::vector<std::string>{"good", "plain"});
  REQUIRE(list.unusable.size() == 4);
  CHECK(list.unusable[0].find("the tool empty is left out: ") == 0);

  SECTION("and their headers are known to calls from then on") {  // PAR-03
    auto request = fixture.rig.request(UpstreamRig::virtual_session(), fixture.backend,
                                       call_body("7", "good", R"({"p":"\u00e4"})"));
    CHECK_FALSE(fixture.rig.call(request).text.empty());
    CHECK(fixture.server.seen("tools/call")[0].headers.get("Mcp-Param-P") == "=?base64?w6Q=?=");
    fixture.server.set_tools({tool("good", R"({"type":"string"})")});
    fixture.list();
    CHECK_FALSE(fixture.rig.call(request).text.empty());
    CHECK_FALSE(fixture.server.seen("tools/call")[1].headers.has("Mcp-Param-P"));
  }
}

TEST_CASE("of a legacy backend no tool is left out for its headers", "[modern_backend][lists]") {
  Fixture fixture;
  ScriptedBackend legacy(fixture.rig.http, "a");
  legacy.on("tools/list", [](const auto& exchange) {
    exchange->json(page(id_of(exchange->request.body),
                        R"("tools":[)" + tool("odd", R"({"x-mcp-header":""})") + R"(],"ttlMs":900)"));
  });
  detail::ListRequest request = fixture.request("");
  request.session = fixture.rig.stored_session();
  const BackendList list = fixture.list(request);
  CHECK(names(list) == std::vector<std::string>{"odd"});
  CHECK(list.hints.ttl == 0ms);
  CHECK_FALSE(list.hints.is_public);
  fixture.list(request);
  CHECK(legacy.count("tools/list") == 2);
}

TEST_CASE("a public list is asked for once for all, until its time is over", "[modern_backend][lists][CCH-04]") {
  Fixture fixture;
  fixture.server.set_caching(R"("ttlMs":1000,"cacheScope":"public")");
  for (const char* principal : {"one", "two", ""}) {
    CHECK(names(fixture.list(principal, {{"Authorization", principal}})) == std::vector<std::string>{"echo"});
  }
  CHECK(fixture.server.count("tools/list") == 1);
  fixture.rig.executor.advance(1s);
  fixture.list("one");
  CHECK(fixture.server.count("tools/list") == 2);

  SECTION("or until it changed") {
    fixture.cache.invalidate("a", "tools/list");
    fixture.list("one");
    CHECK(fixture.server.count("tools/list") == 3);
  }
}

TEST_CASE("a private list is asked for once in each authorization context", "[modern_backend][lists][CCH-03]") {
  Fixture fixture;
  fixture.server.set_caching(R"("ttlMs":1000,"cacheScope":"private")");
  for (int i = 0; i < 2; ++i) {
    fixture.list("one", {{"Authorization", "Bearer 1"}});
    fixture.list("one", {{"Authorization", "Bearer 2"}});
    fixture.list("two", {{"Authorization", "Bearer 1"}});
  }
  CHECK(fixture.server.count("tools/list") == 3);
}

TEST_CASE("a list is private if one page of it is or none says", "[modern_backend][lists][CCH-02]") {
  for (const char* second : {R"(,"cacheScope":"private")", R"(,"cacheScope":"shared")", R"(,"cacheScope":true)", ""}) {
    CAPTURE(second);
    Fixture fixture;
    fixture.server.on("tools/list", [=](const auto& exchange) {
      const std::string id = id_of(exchange->request.body);
      exchange->json(json::parse(exchange->request.body)["params"].contains("cursor")
                         ? page(id, R"("tools":[],"ttlMs":1000)" + std::string(second))
                         : page(id, R"("tools":[],"nextCursor":"2","ttlMs":1000,"cacheScope":"public")"));
    });
    CHECK_FALSE(fixture.list("one").hints.is_public);
    fixture.list("two");
    CHECK(fixture.server.count("tools/list") == 4);
  }
}

TEST_CASE("a list whose time is nothing, absent or malformed is not kept", "[modern_backend][lists][CCH-06]") {
  for (const char* ttl : {R"("ttlMs":0)", R"("ttlMs":-5)", R"("ttlMs":"1000")", R"("x":1)",
                          R"("ttlMs":-99999999999999999999)", R"("ttlMs":null)"}) {
    CAPTURE(ttl);
    Fixture fixture;
    fixture.server.set_caching(std::string(ttl) + R"(,"cacheScope":"public")");
    CHECK(fixture.list().hints.ttl == 0ms);
    fixture.list();
    CHECK(fixture.server.count("tools/list") == 2);
  }
}

TEST_CASE("a failed list is not kept", "[modern_backend][lists]") {
  Fixture fixture;
  fixture.server.on("tools/list", [](const auto& exchange) { exchange->fail(HttpFailure::broken); });
  CHECK_FALSE(fixture.list().ok);
  fixture.server.behave("tools/list");
  CHECK(fixture.list().ok);
}

TEST_CASE("the router lists a modern backend's tools without those that cannot be called",
          "[modern_backend][lists][PAR-02]") {
  ManualExecutor executor;
  MemoryHttp http;
  RecordingObserver observer;
  MemorySessionStore store;
  ModernBackend server(http, "a");
  server.set_tools({tool("good", "{}"), tool("bad", R"({"x-mcp-header":"P"})")});
  BackendSessionManager upstreams(http, executor, store, {}, &observer);
  Router router({http, executor, store, upstreams, nullptr, &observer}, {}, {*UpstreamRig::backend_at(server.url())});
  const auto send = [&](const std::string& session, const std::string& body) {
    auto writer = std::make_shared<RecordingWriter>();
    router.handle(post_request(session, body), writer);
    executor.run();
    return writer->response();
  };
  const std::string session(send("", initialize_body()).headers.get("Mcp-Session-Id"));
  const Response listed = send(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  CHECK(listed.body.find(R"("good")") != std::string::npos);
  CHECK(listed.body.find(R"("bad")") == std::string::npos);
  CHECK(observer.count("list_incomplete tools/list a the tool bad is left out: ") == 1);
}
