#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <latch>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"
#include "plain_store.hpp"
#include "store_sessions.hpp"

namespace mcprouter::bench {

using namespace std::chrono_literals;

inline constexpr TimePoint kStart{1000h};
inline constexpr TimePoint kLater = kStart + 10min;  ///< When the sessions that stay are made.
inline constexpr std::size_t kExpired = 1'000;
inline constexpr std::size_t kRounds = 3;  ///< The best of each figure counts.
inline constexpr std::array<unsigned, 4> kThreads{1, 2, 4, 8};
inline constexpr double kUnmeasured = 1e99;

struct Rate {
  double ns_per_op = kUnmeasured;  ///< Of one thread.
  double ops_per_second = 0;
  double cpu_ns_per_op = 0;  ///< Says what an operation takes, also where threads are more than cores.
};

struct Access {
  double create_ns = kUnmeasured;
  std::array<Rate, kThreads.size()> find;  ///< By as many threads as kThreads says.
};

struct Expiry {
  double some_us = kUnmeasured;  ///< kExpired sessions, all others live.
  double none_us = kUnmeasured;
};

inline double elapsed_ns(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count();
}

/// Looks up sessions in random order (`ids` lie one after the other) from that many threads for `seconds`.
template <typename Store>
Rate find_and_touch(Store& store, std::string_view ids, unsigned threads, double seconds) {
  const std::size_t count_of_ids = ids.size() / kIdSize;
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> operations{0};
  std::atomic<std::uint64_t> misses{0};
  std::latch start(threads + 1);
  std::vector<std::thread> running;
  for (unsigned number = 0; number < threads; ++number) {
    running.emplace_back([&, number] {
      std::uint64_t random = 0x9E3779B97F4A7C15U * (number + 1);
      std::uint64_t done = 0;
      std::uint64_t missed = 0;
      start.arrive_and_wait();
      while (!stop.load(std::memory_order_relaxed)) {
        random = random * 6364136223846793005U + 1442695040888963407U;
        const std::string_view id = ids.substr((random >> 33) % count_of_ids * kIdSize, kIdSize);
        missed += store.find_and_touch(id, "", kLater + std::chrono::nanoseconds(done)) == nullptr;
        ++done;
      }
      operations += done;
      misses += missed;
    });
  }
  const std::clock_t cpu_before = std::clock();
  start.arrive_and_wait();
  const double ns = elapsed_ns([&] {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (std::thread& thread : running) thread.join();
  });
  if (misses != 0) {
    std::fprintf(stderr, "store_bench: a live session was not found\n");
    std::exit(1);
  }
  const double count = static_cast<double>(operations.load());
  const double cpu_seconds = static_cast<double>(std::clock() - cpu_before) / CLOCKS_PER_SEC;
  return {ns * threads / count, count * 1e9 / ns, cpu_seconds * 1e9 / count};
}

template <typename Store>
Access measure_access(Store& store, std::size_t sessions, double seconds) {
  std::string ids;
  std::vector<SessionRecord> records(sessions);
  for (std::size_t i = 0; i < sessions; ++i) {
    records[i] = record(i, sessions);
    ids += records[i].id;
  }
  Access result;
  const double create_ns = elapsed_ns([&] {
    for (SessionRecord& made : records) store.create(std::move(made), kLater);
  });
  result.create_ns = create_ns / static_cast<double>(sessions);
  for (std::size_t i = 0; i < kThreads.size(); ++i) result.find[i] = find_and_touch(store, ids, kThreads[i], seconds);
  return result;
}

inline std::size_t take(MemorySessionStore& store, TimePoint now) { return store.take_expired(now, kExpired).size(); }
inline std::size_t take(PlainStore& store, TimePoint now) { return store.take_expired(now).size(); }

/// What it costs to take expired sessions out of a store with `live` other ones.
template <typename Store>
Expiry measure_expiry(Store& store, std::size_t live) {
  for (std::size_t i = 0; i < kRounds * kExpired; ++i) {
    store.create(record(live + i, kExpired), kStart + std::chrono::seconds(i / kExpired));
  }
  for (std::size_t i = 0; i < live; ++i) store.create(record(i, live), kLater);

  Expiry result;
  std::size_t taken = 0;
  for (std::size_t round = 0; round < kRounds; ++round) {
    const TimePoint now = kStart + 30min + std::chrono::seconds(round);
    result.some_us = std::min(result.some_us, elapsed_ns([&] { taken += take(store, now); }) / 1e3);
    result.none_us = std::min(result.none_us, elapsed_ns([&] { taken += take(store, now); }) / 1e3);
  }
  if (taken != kRounds * kExpired) {
    std::fprintf(stderr, "store_bench: %zu sessions expired, not %zu\n", taken, kRounds * kExpired);
    std::exit(1);
  }
  return result;
}

}  // namespace mcprouter::bench
