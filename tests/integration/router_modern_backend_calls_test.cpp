#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "protocol/message.hpp"
#include "support/catch.hpp"
#include "support/modern_backend.hpp"
#include "support/rig.hpp"
#include "support/scripted_backend.hpp"
#include "support/upstream_rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using nlohmann::json;

namespace {

std::string tool(const std::string& header) {
  return fmt::format(
      R"({{"name":"echo","inputSchema":{{"type":"object","properties":{{"region":{{"type":"string","x-mcp-header":"{}"}}}}}}}})",
      header);
}

const std::string kCall = call_body("7", "echo", R"({"region":"eu"})");

/// One modern backend, known as such.
struct Fixture {
  Fixture() {
    (void)rig.acquire(session, backend);
    server.forget_seen();
  }

  UpstreamRig::Answer call(const std::string& body = kCall) { return rig.call(rig.request(session, backend, body)); }

  UpstreamRig rig;
  ModernBackend server{rig.http, "a"};
  BackendPtr backend = UpstreamRig::backend_at(server.url());
  SessionPtr session = rig.stored_session();
};

/// Refuses a call that does not mirror its argument into this header.
ModernBackend::Behaviour wants_header(ModernBackend& server, const std::string& header) {
  return [&server, header](const auto& exchange) {
    if (exchange->request.headers.get(header) == "eu") {
      server.serve_as_usual(exchange);
    } else {
      refuse(exchange, 400, -32020);
    }
  };
}

}  // namespace

TEST_CASE("a modern backend gets each request with headers and _meta of its own", "[modern_backend][META-01][HDR-02]") {
  Fixture fixture;
  SessionRecord record;
  record.client_info = R"({"name":"client","version":"2"})";
  record.client_capabilities = R"({"elicitation":{},"roots":{"listChanged":true}})";
  record.log_level = "info";
  fixture.session = UpstreamRig::virtual_session(record);
  const auto answer = fixture.call(R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"echo","_meta":{)"
                                   R"("progressToken":1,"io.modelcontextprotocol/protocolVersion":"2099-01-01"}}})");
  CHECK(json::parse(answer.text)["result"]["content"][0]["text"] == "a");
  REQUIRE(fixture.server.seen().size() == 1);
  const Seen seen = fixture.server.seen()[0];
  CHECK(seen.headers.get("MCP-Protocol-Version") == "2026-07-28");
  CHECK(seen.headers.get("Mcp-Method") == "tools/call");
  CHECK(seen.headers.get("Mcp-Name") == "echo");
  CHECK_FALSE(seen.headers.has("Mcp-Session-Id"));
  CHECK(
      json::parse(seen.body)["params"]["_meta"] ==
      json{{"progressToken", 1},
           {"io.modelcontextprotocol/protocolVersion", "2026-07-28"},
           {"io.modelcontextprotocol/clientCapabilities", {{"elicitation", json::object()}, {"roots", json::object()}}},
           {"io.modelcontextprotocol/clientInfo", {{"name", "client"}, {"version", "2"}}},
           {"io.modelcontextprotocol/logLevel", "info"}});
}

TEST_CASE("a modern backend's error with status 400 or 404 is the answer", "[modern_backend]") {
  Fixture fixture;
  for (const auto& [status, code] : std::vector<std::pair<int, int>>{{404, -32601}, {400, -32602}, {400, -32021}}) {
    CAPTURE(status, code);
    fixture.server.on("tools/call",
                      [status = status, code = code](const auto& exchange) { refuse(exchange, status, code); });
    fixture.server.forget_seen();
    const auto answer = fixture.call();
    REQUIRE_FALSE(answer.text.empty());
    CHECK(json::parse(answer.text)["error"]["code"] == code);
    CHECK(json::parse(answer.text)["id"] == 7);
    CHECK(fixture.server.seen().size() == 1);
  }
}

TEST_CASE("other statuses of a modern backend fail the call, and it is sent once", "[modern_backend][TRAP-40]") {
  Fixture fixture;
  for (const auto& [status, reason] : std::vector<std::pair<int, Reason>>{{401, Reason::backend_refused},
                                                                          {403, Reason::backend_refused},
                                                                          {429, Reason::backend_unavailable},
                                                                          {500, Reason::backend_protocol_error},
                                                                          {503, Reason::backend_unavailable}}) {
    CAPTURE(status);
    for (const int code : {0, -32603}) {
      fixture.server.on("tools/call", [&, status = status](const auto& exchange) {
        code == 0 ? exchange->respond(status, {}, "") : refuse(exchange, status, code);
      });
      fixture.server.forget_seen();
      const auto answer = fixture.call();
      CHECK(answer.text.empty());
      CHECK(answer.failure.reason == reason);
      CHECK(fixture.server.seen().size() == 1);
    }
  }
  for (const HttpFailure failure : {HttpFailure::broken, HttpFailure::timeout}) {
    fixture.server.on("tools/call", [=](const auto& exchange) { exchange->fail(failure); });
    fixture.server.forget_seen();
    CHECK(fixture.call().failure.failure == failure);
    CHECK(fixture.server.seen().size() == 1);
  }
}

TEST_CASE("refused headers are repaired by listing the tools once", "[modern_backend][PAR-06][TRAP-10]") {
  Fixture fixture;
  fixture.server.set_tools({tool("Region")});
  fixture.server.on("tools/call", wants_header(fixture.server, "Mcp-Param-Region"));
  CHECK(fixture.call().text.find(R"("content")") != std::string::npos);
  CHECK(fixture.server.count("tools/call") == 2);
  CHECK(fixture.server.count("tools/list") == 1);
  CHECK_FALSE(fixture.server.seen("tools/call")[0].headers.has("Mcp-Param-Region"));  // PAR-07

  SECTION("and remembered") {
    fixture.server.forget_seen();
    CHECK(fixture.call().text.find(R"("content")") != std::string::npos);
    CHECK(fixture.server.seen().size() == 1);
  }
  SECTION("again when the annotation changes") {
    fixture.server.set_tools({tool("Zone")});
    fixture.server.on("tools/call", wants_header(fixture.server, "Mcp-Param-Zone"));
    fixture.server.forget_seen();
    CHECK(fixture.call().text.find(R"("content")") != std::string::npos);
    CHECK(fixture.server.seen().size() == 3);
    CHECK_FALSE(fixture.server.seen("tools/call")[1].headers.has("Mcp-Param-Region"));
  }
  SECTION("but not twice in a call, and the error is not relayed") {
    fixture.server.on("tools/call", [](const auto& exchange) { refuse(exchange, 400, -32020); });
    fixture.server.forget_seen();
    const auto answer = fixture.call();
    CHECK(answer.text.empty());
    CHECK(answer.failure.reason == Reason::backend_protocol_error);
    CHECK(fixture.server.count("tools/call") == 2);
    CHECK(fixture.server.count("tools/list") == 1);
  }
  SECTION("what is no tool call is not repaired") {
    fixture.server.on("prompts/get", [](const auto& exchange) { refuse(exchange, 400, -32020); });
    fixture.server.forget_seen();
    CHECK(fixture.call(R"({"jsonrpc":"2.0","id":7,"method":"prompts/get","params":{"name":"p"}})").failure.reason ==
          Reason::backend_protocol_error);
    CHECK(fixture.server.seen().size() == 1);
  }
}

TEST_CASE("the tools are learnt from all pages of the list", "[modern_backend][PAR-06][PAG-01]") {
  Fixture fixture;
  fixture.server.on("tools/call", wants_header(fixture.server, "Mcp-Param-Region"));
  fixture.server.on("tools/list", [](const auto& exchange) {
    const bool second = json::parse(exchange->request.body)["params"].contains("cursor");
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"tools":[{}]{}}}}})",
                               id_of(exchange->request.body), second ? tool("Region") : R"({"name":"other"},7)",
                               second ? "" : R"(,"nextCursor":"")"));
  });
  CHECK(fixture.call().text.find(R"("content")") != std::string::npos);
  CHECK(fixture.server.count("tools/list") == 2);
}

TEST_CASE("a client's Mcp-Param headers that no annotation explains reach the backend", "[modern_backend][PAR-08]") {
  Fixture fixture;
  fixture.server.set_tools({tool("Region")});
  fixture.server.on("tools/call", wants_header(fixture.server, "Mcp-Param-Region"));
  auto request = fixture.rig.request(fixture.session, fixture.backend, kCall);
  request.param_headers = {{"Mcp-Param-Zzz", "1"}, {"MCP-PARAM-REGION", "us"}};
  CHECK(fixture.rig.call(request).text.find(R"("content")") != std::string::npos);
  const Seen last = fixture.server.seen("tools/call").back();
  CHECK(last.headers.get("Mcp-Param-Zzz") == "1");
  CHECK(last.headers.get("Mcp-Param-Region") == "eu");
  CHECK(last.headers.count("Mcp-Param-Region") == 1);
  CHECK_FALSE(fixture.server.seen("tools/list")[0].headers.has("Mcp-Param-Zzz"));
}

TEST_CASE("a refused version is negotiated anew", "[modern_backend][VER-10][TRAP-10]") {
  Fixture fixture;
  int refusals = 1;
  fixture.server.on("tools/call", [&](const auto& exchange) {
    if (refusals-- > 0) {
      refuse(exchange, 400, -32022, R"({"supported":["2025-11-25"],"requested":"2026-07-28"})");
    } else {
      fixture.server.serve_as_usual(exchange);
    }
  });

  SECTION("and the request is sent once more if the backend still is modern") {
    CHECK(fixture.call().text.find(R"("content")") != std::string::npos);
    CHECK(fixture.server.count("server/discover") == 1);
    CHECK(fixture.server.count("tools/call") == 2);
  }
  SECTION("but not a third time") {
    refusals = 2;
    const auto answer = fixture.call();
    CHECK(answer.text.empty());
    CHECK(answer.failure.reason == Reason::backend_protocol_error);
    CHECK(fixture.server.count("tools/call") == 2);
  }
  SECTION("and fails if no version is left") {
    fixture.server.on("server/discover",
                      [](const auto& exchange) { refuse(exchange, 400, -32022, R"({"supported":["2099-01-01"]})"); });
    CHECK(fixture.call().failure.reason == Reason::backend_protocol_error);
    CHECK(fixture.server.count("tools/call") == 1);
  }
}

TEST_CASE("a backend that was replaced by a legacy one is found out", "[modern_backend][VER-13]") {
  Fixture fixture;
  ScriptedBackend legacy(fixture.rig.http, "a");  // takes the URL over

  SECTION("and gets the request in a session") {
    CHECK(fixture.call().text.find(R"("content")") != std::string::npos);
    CHECK(legacy.count("server/discover") == 1);
    CHECK(legacy.count("initialize") == 1);
    const auto calls = legacy.seen("tools/call");
    REQUIRE(calls.size() == 2);
    CHECK(calls[1].headers.get("Mcp-Session-Id") == "a-session-1");
    CHECK_FALSE(calls[1].headers.has("Mcp-Method"));
    CHECK(calls[1].body == kCall);
    CHECK(fixture.rig.upstreams.known(*fixture.backend).era == Era::legacy);
  }
  SECTION("and a request without a session fails once, not run") {
    fixture.session = UpstreamRig::virtual_session();
    CHECK(fixture.call().failure.reason == Reason::backend_unavailable);
    CHECK(fixture.rig.upstreams.known(*fixture.backend).era == Era::legacy);
  }
}

TEST_CASE("an error without id puts the era in doubt and is the answer the second time", "[modern_backend][VER-13]") {
  Fixture fixture;
  for (const int status : {400, 404, 405}) {
    CAPTURE(status);
    fixture.server.on("tools/call", [=](const auto& exchange) {
      exchange->respond(status, {{"Content-Type", "application/json"}},
                        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}})");
    });
    fixture.server.forget_seen();
    CHECK(json::parse(fixture.call().text)["error"]["code"] == -32600);
    CHECK(fixture.server.count("server/discover") == 1);
    CHECK(fixture.server.count("tools/call") == 2);

    fixture.server.on("tools/call", [=](const auto& exchange) { exchange->respond(status, {}, "<html>"); });
    fixture.server.forget_seen();
    CHECK(fixture.call().failure.reason == Reason::backend_protocol_error);
    CHECK(fixture.server.count("server/discover") == 1);
    CHECK(fixture.server.count("tools/call") == 2);
  }
}

TEST_CASE("a modern backend is posted no notifications", "[modern_backend]") {
  Fixture fixture;
  const UpstreamPtr upstream = (*fixture.rig.acquire(fixture.session, fixture.backend))->upstream;
  detail::post_message(fixture.rig.access.backend, *fixture.backend, *upstream, {},
                       detail::notification_message("notifications/cancelled", {}), {}, 1'000);
  CHECK(fixture.server.seen().empty());
}
