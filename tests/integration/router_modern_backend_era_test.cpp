#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "protocol/json_text.hpp"
#include "support/catch.hpp"
#include "support/modern_backend.hpp"
#include "support/scripted_backend.hpp"
#include "support/upstream_rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

/// A backend that answers every probe alike.
struct Probed {
  explicit Probed(ModernBackend::Behaviour answer, Protocol protocol = Protocol::automatic)
      : server(rig.http, "a"), backend(UpstreamRig::backend_at(server.url(), protocol)) {
    server.on("server/discover", std::move(answer));
  }

  UpstreamRig rig;
  ModernBackend server;
  BackendPtr backend;
};

ModernBackend::Behaviour status(int status, const std::string& body = "", const std::string& type = "text/html") {
  return [=](const auto& exchange) { exchange->respond(status, {{"Content-Type", type}}, body); };
}

ModernBackend::Behaviour error(int status, int code, const std::string& data = "{}") {
  return [=](const auto& exchange) { refuse(exchange, status, code, data); };
}

ModernBackend::Behaviour result(const std::string& json) {
  return [=](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + R"(,"result":)" + json + "}");
  };
}

ModernBackend::Behaviour failing(HttpFailure failure) {
  return [=](const auto& exchange) { exchange->fail(failure); };
}

}  // namespace

TEST_CASE("a backend that discovers our version is modern", "[modern_backend][era][VER-11]") {
  UpstreamRig rig;
  ModernBackend server(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(server.url());
  CHECK(rig.upstreams.known(*backend).era == std::nullopt);
  const auto learnt = rig.learn(backend);
  REQUIRE(learnt->has_value());
  CHECK((*learnt)->era == Era::modern);
  const BackendSessionManager::Known known = rig.upstreams.known(*backend);
  CHECK(known.era == Era::modern);
  REQUIRE(known.capabilities);
  CHECK(*known.capabilities == R"({"tools":{}})");
  REQUIRE(known.instructions);
  CHECK(*known.instructions == "Use a.");
  CHECK(rig.observer.lines() == std::vector<std::string>{"upstream_opened a 2026-07-28"});

  SECTION("asked as every modern request is, once") {  // META-01, VER-06, HDR-01
    rig.learn(backend);
    REQUIRE(server.seen().size() == 1);
    const Seen seen = server.seen()[0];
    CHECK(seen.headers.get("MCP-Protocol-Version") == "2026-07-28");
    CHECK(seen.headers.get("Mcp-Method") == "server/discover");
    CHECK_FALSE(seen.headers.has("Mcp-Name"));
    CHECK_FALSE(seen.headers.has("Mcp-Session-Id"));
    CHECK(seen.headers.get("Accept") == "application/json, text/event-stream");
    const auto meta = nlohmann::json::parse(seen.body)["params"]["_meta"];
    CHECK(meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28");
    CHECK(meta["io.modelcontextprotocol/clientCapabilities"] == nlohmann::json::object());
    CHECK(meta["io.modelcontextprotocol/clientInfo"]["name"] == "mcprouter");
    CHECK_FALSE(meta.contains("io.modelcontextprotocol/logLevel"));
  }
  SECTION("and all sessions share one upstream session, also those in no store") {
    const UpstreamPtr one = (*rig.acquire(rig.stored_session("one"), backend))->upstream;
    const UpstreamPtr two = (*rig.acquire(rig.stored_session("two"), backend))->upstream;
    const UpstreamPtr three = (*rig.acquire(UpstreamRig::virtual_session(), backend))->upstream;
    REQUIRE(one);
    CHECK(one == two);
    CHECK(one == three);
    CHECK(one->id.empty());
    CHECK(one->serial != 0);
    CHECK(one->protocol_version == "2026-07-28");
    CHECK(*one->capabilities == R"({"tools":{}})");
    CHECK(rig.store.find("one", rig.executor.now())->upstreams.empty());
    CHECK(server.count("server/discover") == 1);
    CHECK(server.seen().size() == 1);
  }
}

TEST_CASE("a backend that answers a probe as no modern server does is legacy", "[modern_backend][era][VER-11]") {
  const std::vector<std::pair<std::string, ModernBackend::Behaviour>> answers{
      {"400 empty", status(400)},
      {"400 -32000 without id",
       status(400, R"({"jsonrpc":"2.0","error":{"code":-32000,"message":"no session"},"id":null})",
              "application/json")},
      {"400 -32600", error(400, -32600)},
      {"400 -32602", error(400, -32602)},
      {"404 html", status(404, "<html>")},
      {"404 -32601", error(404, -32601)},
      {"405", status(405)},
      {"415", status(415)},
      {"200 -32601", error(200, -32601)},
      {"200 -32001", error(200, -32001)},  // TRAP-11
      {"200 another result", result(R"({"protocolVersion":"2025-11-25","capabilities":{}})")},
      {"200 supportedVersions is no array", result(R"({"supportedVersions":"2026-07-28","capabilities":{}})")},
      {"200 legacy versions alone", result(R"({"supportedVersions":["2025-06-18","1999-01-01"],"capabilities":{}})")},
      {"200 html", status(200, "<html>")},
      {"202", status(202)},
      {"-32022 that names a legacy version",
       error(400, -32022, R"({"supported":["2025-11-25"],"requested":"2026-07-28"})")},
  };
  for (const auto& [name, answer] : answers) {
    CAPTURE(name);
    Probed probed(answer);
    const auto learnt = probed.rig.learn(probed.backend);
    REQUIRE(learnt->has_value());
    CHECK((*learnt)->era == Era::legacy);
    CHECK(probed.rig.upstreams.known(*probed.backend).era == Era::legacy);
    probed.rig.learn(probed.backend);
    CHECK(probed.server.count("server/discover") == 1);
  }
}

TEST_CASE("an error that only modern servers know means modern, whatever the status", "[modern_backend][era][VER-11]") {
  for (const int code : {-32020, -32021}) {
    for (const int with_status : {200, 400, 401, 404, 500}) {
      CAPTURE(code, with_status);
      Probed probed(error(with_status, code));
      CHECK((*probed.rig.learn(probed.backend))->era == Era::modern);
      // It did not say what it has: it is asked for everything.
      CHECK(detail::member(*probed.rig.upstreams.known(*probed.backend).capabilities, "prompts"));
    }
  }
}

TEST_CASE("what says nothing of the era leaves it unknown, and is asked again", "[modern_backend][era][TRAP-41]") {
  struct Row {
    std::string name;
    ModernBackend::Behaviour answer;
    Reason reason;
    HttpFailure failure = HttpFailure::none;
  };
  const std::vector<Row> rows{
      {"401", status(401), Reason::backend_refused},
      {"403", status(403), Reason::backend_refused},
      {"401 with an error", error(401, -32600), Reason::backend_refused},
      {"408", status(408), Reason::backend_unavailable},
      {"429", status(429), Reason::backend_unavailable},
      {"500", status(500), Reason::backend_unavailable},
      {"502 html", status(502, "<html>"), Reason::backend_unavailable},
      {"503 with an error", error(503, -32603), Reason::backend_unavailable},
      {"no connection", failing(HttpFailure::not_sent), Reason::backend_unavailable, HttpFailure::not_sent},
      {"broken", failing(HttpFailure::broken), Reason::backend_unavailable, HttpFailure::broken},
      {"timeout", failing(HttpFailure::timeout), Reason::backend_unavailable, HttpFailure::timeout},
      {"broken in the body",
       [](const auto& exchange) {
         exchange->head(400, {{"Content-Type", "application/json"}});
         exchange->fail(HttpFailure::broken);
       },
       Reason::backend_unavailable, HttpFailure::broken},
      {"no version of ours", result(R"({"supportedVersions":["2099-01-01"],"capabilities":{}})"),
       Reason::backend_protocol_error},
      {"-32022 that names no version of ours", error(400, -32022, R"({"supported":["2099-01-01"]})"),
       Reason::backend_protocol_error},
      {"-32022 that names none", error(400, -32022), Reason::backend_protocol_error},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    Probed probed(row.answer);
    const auto learnt = probed.rig.learn(probed.backend);
    REQUIRE(learnt->has_value());
    CHECK((*learnt)->era == std::nullopt);
    CHECK((*learnt)->reason == row.reason);
    CHECK((*learnt)->failure == row.failure);
    CHECK_FALSE((*learnt)->detail.empty());
    CHECK(probed.rig.upstreams.known(*probed.backend).era == std::nullopt);
    CHECK(probed.rig.upstreams.known(*probed.backend).failed);
    const auto acquired = probed.rig.acquire(probed.rig.stored_session(), probed.backend);
    CHECK((*acquired)->upstream == nullptr);
    CHECK((*acquired)->reason == row.reason);
    CHECK(probed.server.count("server/discover") == 2);
    CHECK(probed.server.count("initialize") == 0);
    probed.server.behave("server/discover");
    CHECK((*probed.rig.learn(probed.backend))->era == Era::modern);
    CHECK_FALSE(probed.rig.upstreams.known(*probed.backend).failed);
  }
}

TEST_CASE("a probe may be answered by an event stream", "[modern_backend][era]") {
  Probed probed([](const auto& exchange) {
    exchange->respond(
        200, {{"Content-Type", "text/event-stream"}},
        R"(data: {"jsonrpc":"2.0","method":"notifications/message","params":{}})"
        "\n\n"
        R"(data: {"jsonrpc":"2.0","result":{"supportedVersions":["2026-07-28"],"capabilities":{}},"id":)" +
            id_of(exchange->request.body) + "}\n\n");
  });
  CHECK((*probed.rig.learn(probed.backend))->era == Era::modern);
}

TEST_CASE("an error body that is too large or breaks off is no answer", "[modern_backend][era]") {
  Probed probed(status(400, "{\"a\":\"" + std::string(100'000, 'x') + "\"}", "application/json"));
  CHECK((*probed.rig.learn(probed.backend))->era == Era::legacy);
}

TEST_CASE("a backend that is configured as legacy is never probed", "[modern_backend][era]") {
  UpstreamRig rig;
  ScriptedBackend server(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(server.url(), Protocol::legacy);
  CHECK((*rig.learn(backend))->era == Era::legacy);
  CHECK(rig.upstreams.known(*backend).era == Era::legacy);
  CHECK((*rig.acquire(rig.stored_session(), backend))->upstream);
  CHECK(server.count("server/discover") == 0);
  CHECK(server.count("initialize") == 1);
}

TEST_CASE("a backend that is configured as modern is asked what it has, and sent no initialize",
          "[modern_backend][era]") {
  Probed probed(status(404), Protocol::modern);
  CHECK((*probed.rig.learn(probed.backend))->era == Era::modern);
  CHECK(probed.server.seen().empty());
  const auto acquired = probed.rig.acquire(probed.rig.stored_session(), probed.backend);
  CHECK((*acquired)->upstream == nullptr);
  CHECK((*acquired)->reason == Reason::backend_protocol_error);
  probed.server.behave("server/discover");
  CHECK((*probed.rig.acquire(UpstreamRig::virtual_session(), probed.backend))->upstream);
  CHECK(probed.server.count("initialize") == 0);
  CHECK(probed.server.count("server/discover") == 2);
}

TEST_CASE("a legacy backend is probed once for all sessions, then each shakes hands", "[modern_backend][era][VER-13]") {
  UpstreamRig rig;
  ScriptedBackend server(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(server.url());
  CHECK((*rig.acquire(rig.stored_session("one"), backend))->upstream->id == "a-session-1");
  CHECK((*rig.acquire(rig.stored_session("two"), backend))->upstream->id == "a-session-2");
  CHECK(server.count("server/discover") == 1);
  CHECK(server.count("initialize") == 2);

  SECTION("and not for a session that was there before") {
    BackendSessionManager restarted(rig.http, rig.executor, rig.store);
    std::optional<BackendSessionManager::Acquired> acquired;
    restarted.acquire(rig.store.find("one", rig.executor.now()), backend, {}, [&](auto one) { acquired = one; });
    REQUIRE(acquired);
    CHECK(acquired->upstream->id == "a-session-1");
    CHECK(server.count("server/discover") == 1);
  }
  SECTION("a request of no session finds none there") {
    const auto acquired = rig.acquire(UpstreamRig::virtual_session(), backend);
    CHECK((*acquired)->upstream == nullptr);
    CHECK((*acquired)->reason == Reason::backend_unavailable);
  }
  SECTION("a changed backend is probed anew") {
    Backend changed = *backend;
    changed.headers.set.add("X-Key", "1");
    rig.learn(std::make_shared<const Backend>(changed));
    CHECK(server.count("server/discover") == 2);
  }
}

TEST_CASE("first needs at the same time share one probe", "[modern_backend][era][race]") {
  constexpr std::size_t kMany = 32;
  UpstreamRig rig;
  ModernBackend server(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(server.url());
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<ModernBackend::Exchange> held;
  server.on("server/discover", [&](const auto& exchange) {
    const std::lock_guard lock(mutex);
    held.push_back(exchange);
    changed.notify_all();
  });
  std::vector<UpstreamPtr> upstreams;
  std::size_t learnt = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kMany; ++i) {
    threads.emplace_back([&] {
      rig.upstreams.acquire(UpstreamRig::virtual_session(), backend, {}, [&](const auto& acquired) {
        const std::lock_guard lock(mutex);
        upstreams.push_back(acquired.upstream);
      });
      rig.upstreams.learn_era(backend, {}, [&](const auto& era) {
        const std::lock_guard lock(mutex);
        learnt += era.era == Era::modern ? 1 : 0;
      });
    });
  }
  for (std::thread& thread : threads) {
    thread.join();  // every one of them waits when this returns
  }
  REQUIRE(held.size() == 1);
  CHECK(upstreams.empty());
  server.serve_as_usual(held[0]);
  REQUIRE(upstreams.size() == kMany);
  CHECK(learnt == kMany);
  CHECK(upstreams[0] != nullptr);
  CHECK(std::equal(upstreams.begin() + 1, upstreams.end(), upstreams.begin()));
  CHECK(server.count("server/discover") == 1);
}

TEST_CASE("that one client was refused is not held against another", "[modern_backend][era]") {
  UpstreamRig rig;
  ModernBackend server(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(server.url());
  std::vector<ModernBackend::Exchange> held;
  server.on("server/discover", [&](const auto& exchange) { held.push_back(exchange); });
  const auto one = rig.learn(backend, {{"X-User", "one"}});
  const auto two = rig.learn(backend, {{"X-User", "two"}});
  REQUIRE(held.size() == 1);
  held[0]->respond(401, {}, "");
  CHECK((*one)->reason == Reason::backend_refused);
  REQUIRE(held.size() == 2);
  CHECK(held[1]->request.headers.get("X-User") == "two");
  server.serve_as_usual(held[1]);
  CHECK((*two)->era == Era::modern);
}

TEST_CASE("a shared upstream session that is forgotten is asked for once more", "[modern_backend][era][VER-13]") {
  UpstreamRig rig;
  ModernBackend server(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(server.url());
  const SessionPtr session = rig.stored_session();
  const UpstreamPtr before = (*rig.acquire(session, backend))->upstream;
  rig.upstreams.forget(session, before);
  CHECK(rig.upstreams.known(*backend).era == std::nullopt);
  const UpstreamPtr after = (*rig.acquire(session, backend))->upstream;
  CHECK(after->serial != before->serial);
  CHECK(server.count("server/discover") == 2);
  rig.upstreams.forget(session, before);  // too late: it was replaced
  CHECK((*rig.acquire(session, backend))->upstream == after);
  CHECK(server.count("server/discover") == 2);
}

TEST_CASE("a backend that has become modern is found out when it takes no initialize",
          "[modern_backend][era][VER-13]") {
  UpstreamRig rig;
  ScriptedBackend legacy(rig.http, "a");
  const BackendPtr backend = UpstreamRig::backend_at(legacy.url());
  CHECK((*rig.learn(backend))->era == Era::legacy);
  ModernBackend modern(rig.http, "a");
  const UpstreamPtr upstream = (*rig.acquire(rig.stored_session(), backend))->upstream;
  REQUIRE(upstream);
  CHECK(upstream->protocol_version == "2026-07-28");
  CHECK(modern.count("initialize") == 1);
  CHECK(modern.count("server/discover") == 1);
}
