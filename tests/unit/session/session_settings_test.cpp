#include "mcprouter/session_store.hpp"
#include "support/catch.hpp"
#include "unit/session/store_fixture.hpp"

namespace mcprouter::test {
namespace {

using Created = SessionStore::Created;
using Subscribed = SessionStore::Subscribed;

const Subscription kReadme{"files", "file:///readme"};
const Subscription kInbox{"mail", "mail://inbox"};

TEST_CASE("a log level is seen by the next find, and the last one set counts", "[session][log]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);

  CHECK(store.set_log_level("a", "warning", kStart));
  CHECK(store.find("a", kStart)->log_level == "warning");
  CHECK(store.set_log_level("a", "debug", kStart));
  CHECK(store.set_log_level("a", "debug", kStart));
  CHECK(store.find_and_touch("a", "", kStart)->log_level == "debug");
}

TEST_CASE("subscriptions are seen by the next find, in the order they were made", "[session][subscription]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);

  CHECK(store.subscribe("a", kReadme, 10, kStart) == Subscribed::yes);
  CHECK(store.subscribe("a", kInbox, 10, kStart) == Subscribed::yes);
  CHECK(store.find("a", kStart)->subscriptions == std::vector{kReadme, kInbox});
}

TEST_CASE("one subscription made twice is there once, and one unsubscribe ends it", "[session][subscription]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.subscribe("a", kReadme, 10, kStart) == Subscribed::yes);
  CHECK(store.subscribe("a", kReadme, 10, kStart) == Subscribed::yes);
  CHECK(store.find("a", kStart)->subscriptions.size() == 1);

  store.unsubscribe("a", kReadme, kStart);
  CHECK(store.find("a", kStart)->subscriptions.empty());
}

TEST_CASE("one URI at two backends is two subscriptions", "[session][subscription]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.subscribe("a", {"files", "file:///x"}, 10, kStart) == Subscribed::yes);
  REQUIRE(store.subscribe("a", {"mail", "file:///x"}, 10, kStart) == Subscribed::yes);

  store.unsubscribe("a", {"files", "file:///x"}, kStart);
  CHECK(store.find("a", kStart)->subscriptions == std::vector{Subscription{"mail", "file:///x"}});
}

TEST_CASE("a session at its limit of subscriptions gets no other until one ends", "[session][subscription][limits]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.subscribe("a", kReadme, 1, kStart) == Subscribed::yes);
  CHECK(store.subscribe("a", kInbox, 1, kStart) == Subscribed::too_many);
  CHECK(store.subscribe("a", kReadme, 1, kStart) == Subscribed::yes);
  CHECK(store.find("a", kStart)->subscriptions == std::vector{kReadme});

  store.unsubscribe("a", kReadme, kStart);
  CHECK(store.subscribe("a", kInbox, 1, kStart) == Subscribed::yes);
}

TEST_CASE("ending a subscription that never was changes nothing", "[session][subscription]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.subscribe("a", kReadme, 10, kStart) == Subscribed::yes);
  store.unsubscribe("a", kInbox, kStart);
  CHECK(store.find("a", kStart)->subscriptions == std::vector{kReadme});
}

TEST_CASE("log level, subscriptions and upstream sessions change apart from each other", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.set_log_level("a", "error", kStart));
  REQUIRE(store.put_backend("a", upstream("files", 1, 11), kStart).outcome == SessionStore::Put::Outcome::stored);
  REQUIRE(store.subscribe("a", kReadme, 10, kStart) == Subscribed::yes);
  REQUIRE(store.drop_backend("a", "files", 11, kStart));

  const SessionPtr session = store.find("a", kStart);
  CHECK(session->log_level == "error");
  CHECK(session->upstreams.empty());
  CHECK(session->subscriptions == std::vector{kReadme});
  CHECK(session->client_key == "client");
}

TEST_CASE("a record that was handed out keeps its log level and subscriptions", "[session]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  const SessionPtr early = store.find("a", kStart);
  REQUIRE(store.set_log_level("a", "error", kStart));
  REQUIRE(store.subscribe("a", kReadme, 10, kStart) == Subscribed::yes);
  const SessionPtr later = store.find("a", kStart);
  store.unsubscribe("a", kReadme, kStart);

  CHECK(early->log_level.empty());
  CHECK(early->subscriptions.empty());
  CHECK(later->log_level == "error");
  CHECK(later->subscriptions == std::vector{kReadme});
}

TEST_CASE("neither a log level nor a subscription counts as use", "[session][expiry]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.set_log_level("a", "info", kStart + 20min));
  REQUIRE(store.subscribe("a", kReadme, 10, kStart + 20min) == Subscribed::yes);
  store.unsubscribe("a", kReadme, kStart + 20min);
  CHECK(store.find("a", kStart + 30min) == nullptr);
}

}  // namespace
}  // namespace mcprouter::test
