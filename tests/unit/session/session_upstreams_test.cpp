#include "mcprouter/session_store.hpp"
#include "support/catch.hpp"
#include "unit/session/store_fixture.hpp"

namespace mcprouter::test {
namespace {

using Created = SessionStore::Created;
using Outcome = SessionStore::Put::Outcome;

TEST_CASE("a session keeps one upstream session per backend", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  const UpstreamPtr files = upstream("files", 1, 11);
  const UpstreamPtr mail = upstream("mail", 1, 12);

  const auto first = store.put_backend("a", files, kStart);
  CHECK(first.outcome == Outcome::stored);
  CHECK(first.other == nullptr);
  CHECK(store.put_backend("a", mail, kStart).outcome == Outcome::stored);

  const SessionPtr session = store.find("a", kStart);
  REQUIRE(session->upstreams.size() == 2);
  CHECK(session->upstream("files", 1) == files);
  CHECK(session->upstream("mail", 1) == mail);
  CHECK(session->upstream("files", 2) == nullptr);
  CHECK(session->upstream("notes", 1) == nullptr);
}

TEST_CASE("of two upstream sessions in one revision the first wins and the loser learns the winner",
          "[session][upstream][race]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  const UpstreamPtr winner = upstream("files", 1, 11);
  REQUIRE(store.put_backend("a", winner, kStart).outcome == Outcome::stored);

  const auto put = store.put_backend("a", upstream("files", 1, 12), kStart);
  CHECK(put.outcome == Outcome::lost);
  CHECK(put.other == winner);
  CHECK(store.find("a", kStart)->upstream("files", 1) == winner);
}

TEST_CASE("an upstream session of another revision replaces the old one and hands it back", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  const UpstreamPtr before = upstream("files", 1, 11);
  const UpstreamPtr other = upstream("mail", 1, 12);
  const UpstreamPtr after = upstream("files", 2, 13);
  REQUIRE(store.put_backend("a", before, kStart).outcome == Outcome::stored);
  REQUIRE(store.put_backend("a", other, kStart).outcome == Outcome::stored);

  const auto put = store.put_backend("a", after, kStart);
  CHECK(put.outcome == Outcome::stored);
  CHECK(put.other == before);

  const SessionPtr session = store.find("a", kStart);
  CHECK(session->upstreams.size() == 2);
  CHECK(session->upstream("files", 1) == nullptr);
  CHECK(session->upstream("files", 2) == after);
  CHECK(session->upstream("mail", 1) == other);
  CHECK(store.size() == 1);
  CHECK(store.sessions_of_client("client") == 1);
}

TEST_CASE("an upstream session is dropped only by the serial that was seen", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.put_backend("a", upstream("files", 1, 11), kStart).outcome == Outcome::stored);
  REQUIRE(store.put_backend("a", upstream("mail", 1, 12), kStart).outcome == Outcome::stored);

  CHECK_FALSE(store.drop_backend("a", "files", 12, kStart));
  CHECK_FALSE(store.drop_backend("a", "mail", 11, kStart));
  CHECK(store.find("a", kStart)->upstreams.size() == 2);

  CHECK(store.drop_backend("a", "files", 11, kStart));
  CHECK(store.find("a", kStart)->upstream("files", 1) == nullptr);
  CHECK(store.find("a", kStart)->upstream("mail", 1) != nullptr);
  CHECK_FALSE(store.drop_backend("a", "files", 11, kStart));
}

TEST_CASE("after a drop the next upstream session is stored", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.put_backend("a", upstream("files", 1, 11), kStart).outcome == Outcome::stored);
  REQUIRE(store.drop_backend("a", "files", 11, kStart));
  CHECK(store.put_backend("a", upstream("files", 1, 12), kStart).outcome == Outcome::stored);
  CHECK_FALSE(store.drop_backend("a", "files", 11, kStart));
  CHECK(store.find("a", kStart)->upstream("files", 1)->serial == 12);
}

TEST_CASE("a record that was handed out does not change under its holder", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  const SessionPtr early = store.find("a", kStart);
  REQUIRE(store.put_backend("a", upstream("files", 1, 11), kStart).outcome == Outcome::stored);
  const SessionPtr later = store.find("a", kStart);
  REQUIRE(store.drop_backend("a", "files", 11, kStart));

  CHECK(early->upstreams.empty());
  CHECK(later->upstreams.size() == 1);
  CHECK(store.find("a", kStart)->upstreams.empty());
}

TEST_CASE("a removed session hands back the upstream sessions that are to be ended", "[session][upstream]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.put_backend("a", upstream("files", 1, 11), kStart).outcome == Outcome::stored);

  const SessionPtr removed = store.remove("a", "", kStart);
  REQUIRE(removed != nullptr);
  CHECK(removed->upstream("files", 1) != nullptr);
  CHECK(store.put_backend("a", upstream("mail", 1, 12), kStart).outcome == Outcome::session_gone);
}

TEST_CASE("neither put nor drop counts as use", "[session][upstream][expiry]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  REQUIRE(store.put_backend("a", upstream("files", 1, 11), kStart + 20min).outcome == Outcome::stored);
  REQUIRE(store.drop_backend("a", "files", 11, kStart + 20min));
  CHECK(store.find("a", kStart + 30min) == nullptr);
}

}  // namespace
}  // namespace mcprouter::test
