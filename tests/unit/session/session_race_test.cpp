#include <atomic>
#include <cstddef>
#include <functional>
#include <latch>
#include <string>
#include <thread>
#include <vector>

#include "mcprouter/session_store.hpp"
#include "support/catch.hpp"
#include "unit/session/store_fixture.hpp"

namespace mcprouter::test {
namespace {

using Created = SessionStore::Created;
using Outcome = SessionStore::Put::Outcome;

constexpr int kThreads = 8;

/// Runs `work(thread number)` on 8 threads that all begin at once.
void race(const std::function<void(int)>& work) {
  std::latch start(kThreads);
  std::vector<std::thread> threads;
  for (int number = 0; number < kThreads; ++number) {
    threads.emplace_back([&start, &work, number] {
      start.arrive_and_wait();
      work(number);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("of 8 threads that create one id one succeeds", "[session][race]") {
  MemorySessionStore store;
  for (int round = 0; round < 50; ++round) {
    const std::string id = std::to_string(round);
    std::atomic<int> made{0};
    race([&](int) { made += store.create(record(id, "client-" + id), kStart) == Created::yes; });
    CHECK(made == 1);
    CHECK(store.sessions_of_client("client-" + id) == 1);
  }
  CHECK(store.size() == 50);
}

TEST_CASE("threads that race for the last places fill the limits exactly", "[session][race][limits]") {
  const bool per_client = GENERATE(false, true);
  MemorySessionStore store(per_client ? limits(100'000, 500) : limits(500));
  std::atomic<std::size_t> made{0};
  std::atomic<std::size_t> refused{0};
  race([&](int number) {
    for (int i = 0; i < 100; ++i) {
      const auto created = store.create(record(std::to_string(number) + "-" + std::to_string(i)), kStart);
      ++(created == Created::yes ? made : refused);
    }
  });
  CHECK(made == 500);
  CHECK(refused == 300);
  CHECK(store.size() == 500);
  CHECK(store.sessions_of_client("client") == 500);
}

TEST_CASE("of 8 upstream sessions put at once one is stored and 7 learn which", "[session][race][upstream]") {
  MemorySessionStore store;
  for (int round = 0; round < 50; ++round) {
    const std::string id = std::to_string(round);
    REQUIRE(store.create(record(id), kStart) == Created::yes);
    std::vector<SessionStore::Put> puts(kThreads);
    race([&](int number) {
      const auto slot = static_cast<std::size_t>(number);
      puts[slot] = store.put_backend(id, upstream("files", 1, slot), kStart);
    });
    const UpstreamPtr winner = store.find(id, kStart)->upstream("files", 1);
    REQUIRE(winner != nullptr);
    int lost = 0;
    for (const SessionStore::Put& put : puts) lost += put.outcome == Outcome::lost && put.other == winner;
    CHECK(lost == kThreads - 1);
    CHECK(puts[winner->serial].outcome == Outcome::stored);
  }
}

TEST_CASE("of changes that 8 threads make to one session none is lost", "[session][race][upstream]") {
  constexpr int kChanges = 50;
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  race([&](int number) {
    const std::string name = std::to_string(number);
    for (int i = 0; i < kChanges; ++i) {
      if (number < 3) store.put_backend("a", upstream(name + "-" + std::to_string(i), 1, 1), kStart);
      if (number >= 3 && number < 6) store.subscribe("a", {name, std::to_string(i)}, 1000, kStart);
      if (number == 6) store.set_log_level("a", i + 1 == kChanges ? "error" : "debug", kStart);
      if (number == 7 && store.subscribe("a", {name, "x"}, 1000, kStart) == SessionStore::Subscribed::yes) {
        store.unsubscribe("a", {name, "x"}, kStart);
      }
    }
  });

  const SessionPtr session = store.find("a", kStart);
  CHECK(session->upstreams.size() == 3 * kChanges);
  CHECK(session->subscriptions.size() == 3 * kChanges);
  CHECK(session->log_level == "error");
}

TEST_CASE("threads that race for the last subscriptions fill the limit exactly", "[session][race][limits]") {
  MemorySessionStore store;
  REQUIRE(store.create(record("a"), kStart) == Created::yes);
  std::atomic<int> made{0};
  race([&](int number) {
    for (int i = 0; i < 10; ++i) {
      const Subscription one{"files", std::to_string(number) + "-" + std::to_string(i)};
      made += store.subscribe("a", one, 50, kStart) == SessionStore::Subscribed::yes;
    }
  });
  CHECK(made == 50);
  CHECK(store.find("a", kStart)->subscriptions.size() == 50);
}

TEST_CASE("a session that 8 threads want to remove is handed to one of them", "[session][race]") {
  MemorySessionStore store;
  for (int round = 0; round < 50; ++round) {
    REQUIRE(store.create(record("a"), kStart) == Created::yes);
    std::atomic<int> removed{0};
    // At 30:00 only take_expired gets it, before that only remove.
    race([&](int number) {
      if (number % 2 == 0)
        removed += store.remove("a", "", kStart) != nullptr;
      else
        removed += static_cast<int>(store.take_expired(kStart + 30min, 10).size());
    });
    CHECK(removed == 1);
    CHECK(store.size() == 0);
    CHECK(store.sessions_of_client("client") == 0);
  }
}

TEST_CASE("every session that was made is handed out exactly once, whatever 8 threads do", "[session][race]") {
  constexpr int kSteps = 4000;
  constexpr int kIds = 40;
  constexpr int kClients = 5;
  MemorySessionStore store(limits(30, 10));
  std::atomic<int> made{0};
  std::atomic<int> handed_out{0};
  std::atomic<int> mismatches{0};
  std::atomic<int> minutes{0};

  race([&](int number) {
    unsigned random = 2654435761U * static_cast<unsigned>(number + 1);
    const auto next = [&random](int below) {
      random = random * 1664525U + 1013904223U;
      return static_cast<int>((random >> 8) % static_cast<unsigned>(below));
    };
    for (int step = 0; step < kSteps; ++step) {
      const std::string id = "id" + std::to_string(next(kIds));
      const TimePoint now = kStart + std::chrono::minutes(minutes.load());
      switch (next(10)) {
        case 0:
        case 1:
          made += store.create(record(id, "client" + std::to_string(next(kClients))), now) == Created::yes;
          break;
        case 2:
          store.find_and_touch(id, "", now);
          break;
        case 3:
          if (const SessionPtr found = store.find(id, now)) mismatches += found->id != id;
          break;
        case 4:
          store.put_backend(id, upstream("files", static_cast<std::uint64_t>(next(2)), 7), now);
          break;
        case 5:
          store.drop_backend(id, "files", 7, now);
          break;
        case 6:
          handed_out += store.remove(id, "", now) != nullptr;
          break;
        case 7:
          if (store.hold(id, now)) {
            store.find_and_touch(id, "", now);
            store.release(id, now);
          }
          break;
        case 8:
          if (next(20) == 0) minutes += 10;
          handed_out += static_cast<int>(store.take_expired(now, 3).size());
          break;
        default:
          store.set_limits(limits(30, 9 + static_cast<std::size_t>(next(2))));
      }
    }
  });

  CHECK(store.size() <= 30);
  handed_out += static_cast<int>(store.take_all().size());
  CHECK(mismatches == 0);
  CHECK(made > 0);
  CHECK(handed_out == made);
  CHECK(store.size() == 0);
  for (int client = 0; client < kClients; ++client) {
    CHECK(store.sessions_of_client("client" + std::to_string(client)) == 0);
  }
}

}  // namespace
}  // namespace mcprouter::test
