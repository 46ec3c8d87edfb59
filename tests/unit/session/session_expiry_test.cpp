#include <algorithm>
#include <set>
#include <string>

#include "mcprouter/session_store.hpp"
#include "support/catch.hpp"
#include "unit/session/store_fixture.hpp"

namespace mcprouter::test {
namespace {

using Created = SessionStore::Created;

TEST_CASE("a session lives 29:59 after its last use and is gone at 30:00", "[session][expiry]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);

  CHECK(store.find("a", kStart + 29min + 59s) != nullptr);
  CHECK(store.find("a", kStart + 30min - 1ns) != nullptr);
  CHECK(store.take_expired(kStart + 30min - 1ns, 10).empty());
  CHECK(store.find("a", kStart + 30min) == nullptr);
  CHECK(store.take_expired(kStart + 30min, 10).size() == 1);
}

TEST_CASE("use begins the idle time anew, looking does not", "[session][expiry]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.find_and_touch("a", "", kStart + 20min) != nullptr);
  REQUIRE(store.find("a", kStart + 45min) != nullptr);

  CHECK(store.find("a", kStart + 50min - 1ns) != nullptr);
  CHECK(store.find("a", kStart + 50min) == nullptr);
}

TEST_CASE("an expired session is gone for everything but take_expired", "[session][expiry]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.put_backend("a", upstream("files", 1, 7), kStart).outcome == SessionStore::Put::Outcome::stored);
  const TimePoint late = kStart + 30min;

  CHECK(store.find("a", late) == nullptr);
  CHECK(store.find_and_touch("a", "", late) == nullptr);
  CHECK_FALSE(store.hold("a", late));
  CHECK(store.put_backend("a", upstream("mail", 1, 8), late).outcome == SessionStore::Put::Outcome::session_gone);
  CHECK_FALSE(store.drop_backend("a", "files", 7, late));
  CHECK_FALSE(store.set_log_level("a", "info", late));
  CHECK(store.subscribe("a", {"files", "file:///x"}, 1, late) == SessionStore::Subscribed::session_gone);
  CHECK(store.remove("a", "", late) == nullptr);
  CHECK(store.size() == 1);
  CHECK(store.sessions_of_client("client") == 1);

  const auto taken = store.take_expired(late, 10);
  REQUIRE(taken.size() == 1);
  REQUIRE(taken[0]->upstreams.size() == 1);
  CHECK(taken[0]->upstreams[0]->serial == 7);
  CHECK(store.size() == 0);
  CHECK(store.sessions_of_client("client") == 0);
  CHECK(store.take_expired(late, 10).empty());
}

TEST_CASE("release does not bring back a session that expired without being held", "[session][expiry][hold]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  store.release("a", kStart + 30min);
  CHECK(store.find("a", kStart + 30min) == nullptr);
  CHECK(store.take_expired(kStart + 30min, 10).size() == 1);
}

TEST_CASE("a held session outlives its timeout, and release begins the idle time anew", "[session][hold]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.hold("a", kStart));

  const TimePoint late = kStart + 5h;
  CHECK(store.take_expired(late, 10).empty());
  CHECK(store.find("a", late) != nullptr);
  CHECK(store.find_and_touch("a", "", late) != nullptr);
  CHECK(store.take_expired(late + 1h, 10).empty());

  store.release("a", late + 1h);
  CHECK(store.find("a", late + 1h + 30min - 1ns) != nullptr);
  CHECK(store.find("a", late + 1h + 30min) == nullptr);
  CHECK(store.take_expired(late + 1h + 30min, 10).size() == 1);
}

TEST_CASE("holds nest: only the last release lets a session expire", "[session][hold]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.hold("a", kStart));
  REQUIRE(store.hold("a", kStart + 1h));
  store.release("a", kStart + 2h);
  CHECK(store.find("a", kStart + 3h) != nullptr);
  store.release("a", kStart + 3h);
  CHECK(store.find("a", kStart + 3h + 30min) == nullptr);
}

TEST_CASE("a held session can be removed, and its release is then ignored", "[session][hold]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.hold("a", kStart));
  REQUIRE(store.remove("a", "", kStart) != nullptr);
  store.release("a", kStart);
  CHECK(store.find("a", kStart) == nullptr);
  CHECK(store.size() == 0);
}

TEST_CASE("take_expired takes no more than asked and gets round to every session", "[session][expiry]") {
  MemorySessionStore store(limits(1000));
  for (int i = 0; i < 500; ++i) REQUIRE(store.create(record("old" + std::to_string(i)), kStart) == Created::yes);
  for (int i = 0; i < 300; ++i)
    REQUIRE(store.create(record("new" + std::to_string(i)), kStart + 10min) == Created::yes);

  CHECK(store.take_expired(kStart + 30min, 0).empty());
  std::set<std::string> taken;
  for (int round = 0; round < 50; ++round) {
    const auto some = store.take_expired(kStart + 30min, 10);
    CHECK(some.size() == 10);
    for (const SessionPtr& session : some) taken.insert(session->id);
  }
  CHECK(taken.size() == 500);
  CHECK(std::all_of(taken.begin(), taken.end(), [](const std::string& id) { return id.starts_with("old"); }));
  CHECK(store.take_expired(kStart + 30min, 10).empty());
  CHECK(store.size() == 300);
  CHECK(store.sessions_of_client("client") == 300);
}

TEST_CASE("sessions expire in the order of their last use, not of their making", "[session][expiry]") {
  MemorySessionStore store(limits(1000));
  for (int i = 0; i < 400; ++i) REQUIRE(store.create(record(std::to_string(i)), kStart) == Created::yes);
  for (int i = 0; i < 400; i += 2) REQUIRE(store.find_and_touch(std::to_string(i), "", kStart + 1min) != nullptr);

  const auto taken = store.take_expired(kStart + 30min, 1000);
  CHECK(taken.size() == 200);
  CHECK(std::all_of(taken.begin(), taken.end(), [](const SessionPtr& session) { return std::stoi(session->id) % 2; }));
  CHECK(store.take_expired(kStart + 31min, 1000).size() == 200);
}

TEST_CASE("a shorter timeout expires the sessions that are there", "[session][expiry][limits]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  SessionLimits shorter;
  shorter.idle_timeout = 1min;
  store.set_limits(shorter);
  CHECK(store.find("a", kStart + 1min - 1ns) != nullptr);
  CHECK(store.find("a", kStart + 1min) == nullptr);
  CHECK(store.take_expired(kStart + 1min, 1).size() == 1);
}

TEST_CASE("a timeout longer than the clock can count never expires", "[session][expiry][limits]") {
  SessionLimits endless;
  endless.idle_timeout = std::chrono::milliseconds::max();
  MemorySessionStore store(endless);
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  CHECK(store.find("a", kStart + 24h * 365 * 100) != nullptr);
  CHECK(store.take_expired(kStart + 24h * 365 * 100, 1).empty());
}

}  // namespace
}  // namespace mcprouter::test
