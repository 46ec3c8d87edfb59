#include <string>

#include "mcprouter/error.hpp"
#include "mcprouter/session_store.hpp"
#include "support/catch.hpp"
#include "unit/session/store_fixture.hpp"

namespace mcprouter::test {
namespace {

using Created = SessionStore::Created;

std::string path_at_fault(SessionLimits wrong) {
  try {
    MemorySessionStore store(wrong);
  } catch (const ConfigError& error) {
    return error.path();
  }
  return "";
}

TEST_CASE("a session is found with everything it was made with", "[session]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a", "client", "alice"), kStart) == Created::yes);

  const SessionPtr found = store.find_and_touch("a", "alice", kStart);
  REQUIRE(found != nullptr);
  CHECK(found->id == "a");
  CHECK(found->principal_key == "alice");
  CHECK(found->client_key == "client");
  CHECK(found->protocol_version == "2025-11-25");
  CHECK(found->client_info == R"({"name":"probe","version":"1"})");
  CHECK(found->client_capabilities == R"({"sampling":{}})");
  CHECK(found->upstreams.empty());
  CHECK(found->log_level.empty());
  CHECK(found->subscriptions.empty());
  CHECK(store.find("a", kStart) == found);
  CHECK_FALSE(store.blocks());
}

TEST_CASE("an id that was never made is unknown to every function", "[session]") {
  MemorySessionStore store;
  CHECK(store.find("a", kStart) == nullptr);
  CHECK(store.find_and_touch("a", "", kStart) == nullptr);
  CHECK_FALSE(store.hold("a", kStart));
  store.release("a", kStart);
  CHECK(store.put_backend("a", upstream("files", 1, 1), kStart).outcome == SessionStore::Put::Outcome::session_gone);
  CHECK_FALSE(store.drop_backend("a", "files", 1, kStart));
  CHECK_FALSE(store.set_log_level("a", "info", kStart));
  CHECK(store.subscribe("a", {"files", "file:///x"}, 1, kStart) == SessionStore::Subscribed::session_gone);
  store.unsubscribe("a", {"files", "file:///x"}, kStart);
  CHECK(store.remove("a", "", kStart) == nullptr);
  CHECK(store.take_expired(kStart, 10).empty());
  CHECK(store.take_all().empty());
  CHECK(store.size() == 0);
}

TEST_CASE("an id is given to one session only", "[session]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a", "first"), kStart) == Created::yes);
  CHECK(store.create(record("a", "second"), kStart) == Created::id_taken);

  CHECK(store.find("a", kStart)->client_key == "first");
  CHECK(store.size() == 1);
  CHECK(store.sessions_of_client("first") == 1);
  CHECK(store.sessions_of_client("second") == 0);
}

TEST_CASE("the id of an expired session stays taken until that session is taken out", "[session][expiry]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  CHECK(store.create(record("a"), kStart + 30min) == Created::id_taken);
  REQUIRE(store.take_expired(kStart + 30min, 10).size() == 1);
  CHECK(store.create(record("a"), kStart + 30min) == Created::yes);
}

TEST_CASE("another principal's session is as unknown as one that never was", "[session][principal]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a", "client", "alice"), kStart) == Created::yes);

  CHECK(store.find_and_touch("a", "mallory", kStart + 20min) == nullptr);
  CHECK(store.find_and_touch("a", "", kStart + 20min) == nullptr);
  CHECK(store.remove("a", "mallory", kStart + 20min) == nullptr);
  CHECK(store.size() == 1);
  // It was not touched either: its 30 minutes began at the start.
  CHECK(store.find_and_touch("a", "alice", kStart + 30min) == nullptr);
}

TEST_CASE("a removed session is handed back once and no longer counts", "[session]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.create(record("b"), kStart) == Created::yes);
  REQUIRE(store.sessions_of_client("client") == 2);

  const SessionPtr removed = store.remove("a", "", kStart);
  REQUIRE(removed != nullptr);
  CHECK(removed->id == "a");
  CHECK(store.sessions_of_client("client") == 1);
  CHECK(store.size() == 1);
  CHECK(store.remove("a", "", kStart) == nullptr);
  CHECK(store.find("a", kStart) == nullptr);
  CHECK(store.find("b", kStart) != nullptr);
}

TEST_CASE("take_all hands out every session, held and expired ones too", "[session]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("expired"), kStart) == Created::yes);
  REQUIRE(store.create(record("held"), kStart) == Created::yes);
  REQUIRE(store.hold("held", kStart));
  REQUIRE(store.create(record("live"), kStart + 30min) == Created::yes);

  CHECK(store.take_all().size() == 3);
  CHECK(store.size() == 0);
  CHECK(store.sessions_of_client("client") == 0);
  CHECK(store.take_all().empty());
  CHECK(store.create(record("live"), kStart + 30min) == Created::yes);
}

TEST_CASE("the total limit refuses one more and counts no refusal", "[session][limits]") {
  MemorySessionStore store(limits(2));
  REQUIRE(store.create(record("a", "x"), kStart) == Created::yes);
  REQUIRE(store.create(record("b", "y"), kStart) == Created::yes);
  CHECK(store.create(record("c", "z"), kStart) == Created::too_many_sessions);
  CHECK(store.size() == 2);
  CHECK(store.sessions_of_client("z") == 0);

  REQUIRE(store.remove("a", "", kStart) != nullptr);
  CHECK(store.create(record("c", "z"), kStart) == Created::yes);
}

TEST_CASE("the limit of one client does not touch another", "[session][limits]") {
  MemorySessionStore store(limits(10, 2));
  REQUIRE(store.create(record("a", "x"), kStart) == Created::yes);
  REQUIRE(store.create(record("b", "x"), kStart) == Created::yes);
  CHECK(store.create(record("c", "x"), kStart) == Created::too_many_for_client);
  CHECK(store.create(record("d", "y"), kStart) == Created::yes);
  CHECK(store.size() == 3);
  CHECK(store.sessions_of_client("x") == 2);

  REQUIRE(store.remove("b", "", kStart) != nullptr);
  CHECK(store.create(record("c", "x"), kStart) == Created::yes);
}

TEST_CASE("expired sessions count until they are taken, then there is room again", "[session][limits][expiry]") {
  MemorySessionStore store(limits(2, 1));
  REQUIRE(store.create(record("a", "x"), kStart) == Created::yes);
  REQUIRE(store.create(record("b", "y"), kStart) == Created::yes);
  const TimePoint later = kStart + 30min;
  CHECK(store.create(record("c", "x"), later) == Created::too_many_sessions);

  CHECK(store.take_expired(later, 10).size() == 2);
  CHECK(store.sessions_of_client("x") == 0);
  CHECK(store.create(record("c", "x"), later) == Created::yes);
}

TEST_CASE("limits change at once and spare the sessions that are over them", "[session][limits]") {
  MemorySessionStore store(limits(10, 10));
  for (const char* id : {"a", "b", "c"}) REQUIRE(store.create(record(id), kStart) == Created::yes);

  store.set_limits(limits(2, 10));
  CHECK(store.size() == 3);
  CHECK(store.find("a", kStart) != nullptr);
  CHECK(store.create(record("d"), kStart) == Created::too_many_sessions);
  store.set_limits(limits(10, 3));
  CHECK(store.create(record("d"), kStart) == Created::too_many_for_client);
  store.set_limits(limits(10, 4));
  CHECK(store.create(record("d"), kStart) == Created::yes);
}

TEST_CASE("a limit of zero is refused with its path and changes nothing", "[session][limits]") {
  CHECK(path_at_fault({.max_sessions = 0}) == "$.router.sessions.maxSessions");
  CHECK(path_at_fault({.max_sessions_per_client = 0}) == "$.router.sessions.maxSessionsPerClient");
  CHECK(path_at_fault({.idle_timeout = 0ms}) == "$.router.sessions.idleTimeout");
  CHECK(path_at_fault({.idle_timeout = -1ms}) == "$.router.sessions.idleTimeout");

  MemorySessionStore store(limits(1));
  CHECK_THROWS_AS(store.set_limits({.max_sessions = 5, .idle_timeout = 0ms}), ConfigError);
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  CHECK(store.create(record("b"), kStart) == Created::too_many_sessions);
}

}  // namespace
}  // namespace mcprouter::test
