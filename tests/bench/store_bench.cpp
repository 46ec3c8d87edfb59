// Measures MemorySessionStore beside a plain map with one mutex, in one run: read the ratios, not the nanoseconds.
//
//   store_bench [--sessions N] [--seconds S] [--json]

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"
#include "plain_store.hpp"

namespace {

using namespace mcprouter;
using bench::PlainStore;
using namespace std::chrono_literals;

constexpr TimePoint kStart{1000h};
constexpr std::size_t kIdSize = 22;
constexpr std::size_t kExpired = 1'000;
constexpr std::size_t kRounds = 3;  ///< The best of each figure counts.

struct Arguments {
  std::size_t sessions = 100'000;
  double seconds = 0.5;
  bool json = false;
};

constexpr double kUnmeasured = 1e99;

struct Rate {
  double ns_per_op = kUnmeasured;  ///< Of one thread.
  double ops_per_second = 0;
};

struct Result {
  double create_ns = kUnmeasured;
  Rate one_thread;
  Rate eight_threads;
  double take_expired_us = kUnmeasured;
  double take_none_us = kUnmeasured;
};

void keep_best(Result& best, const Result& other) {
  best.create_ns = std::min(best.create_ns, other.create_ns);
  if (other.one_thread.ns_per_op < best.one_thread.ns_per_op) best.one_thread = other.one_thread;
  if (other.eight_threads.ns_per_op < best.eight_threads.ns_per_op) best.eight_threads = other.eight_threads;
  best.take_expired_us = std::min(best.take_expired_us, other.take_expired_us);
  best.take_none_us = std::min(best.take_none_us, other.take_none_us);
}

/// Characters that look random, as session ids do.
std::string session_id(std::size_t number) {
  std::string id;
  std::uint64_t state = number + 1;
  for (std::size_t i = 0; i < kIdSize; ++i) {
    state = (state ^ (state >> 29)) * 0xBF58476D1CE4E5B9U + 0x9E3779B97F4A7C15U;
    id += "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"[state >> 58];
  }
  return id;
}

std::string padded(std::string text, std::size_t size) {
  text.resize(size, '.');
  return text;
}

/// Strings as long as real clients and servers send. `clients` says how many clients share the sessions.
SessionRecord record(std::size_t number, std::size_t clients) {
  SessionRecord made;
  made.id = session_id(number);
  made.client_key = padded("192.0.2.1 probe " + std::to_string(number % clients) + " ", 60);
  made.protocol_version = "2025-11-25";
  made.client_info = padded(R"({"name":"probe","title":"A typical client","version":"1.2.3"})", 80);
  made.client_capabilities = padded(R"({"roots":{"listChanged":true},"sampling":{}})", 60);
  return made;
}

UpstreamPtr upstream(std::size_t number) {
  auto made = std::make_shared<UpstreamSession>();
  made->backend = "files";
  made->revision = 1;
  made->serial = number;
  made->id = padded(std::to_string(number), 36);
  made->protocol_version = "2025-11-25";
  // One text for all sessions of a backend, as BackendSessionManager keeps it.
  static const auto capabilities =
      std::make_shared<const std::string>(padded(R"({"tools":{"listChanged":true},"prompts":{},"resources":{}})", 120));
  made->capabilities = capabilities;
  return made;
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

double elapsed_ns(const std::function<void()>& work) {
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
        missed += store.find_and_touch(id, "", kStart + 10min + std::chrono::nanoseconds(done)) == nullptr;
        ++done;
      }
      operations += done;
      misses += missed;
    });
  }
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
  return {ns * threads / count, count * 1e9 / ns};
}

std::size_t take(MemorySessionStore& store, TimePoint now) { return store.take_expired(now, kExpired).size(); }
std::size_t take(PlainStore& store, TimePoint now) { return store.take_expired(now).size(); }

template <typename Store>
Result measure(Store& store, const Arguments& arguments) {
  Result result;
  std::string ids;
  std::vector<SessionRecord> records(arguments.sessions);
  for (std::size_t i = 0; i < arguments.sessions; ++i) {
    records[i] = record(i, arguments.sessions);
    ids += records[i].id;
  }
  for (std::size_t i = 0; i < kRounds * kExpired; ++i) {
    store.create(record(arguments.sessions + i, kExpired), kStart + std::chrono::seconds(i / kExpired));
  }
  result.create_ns = elapsed_ns([&] {
                       for (SessionRecord& made : records) store.create(std::move(made), kStart + 10min);
                     }) /
                     static_cast<double>(arguments.sessions);
  result.one_thread = find_and_touch(store, ids, 1, arguments.seconds);
  result.eight_threads = find_and_touch(store, ids, 8, arguments.seconds);

  std::size_t taken = 0;
  std::array<double, kRounds> some{};
  std::array<double, kRounds> none{};
  for (std::size_t round = 0; round < kRounds; ++round) {
    const TimePoint now = kStart + 30min + std::chrono::seconds(round);
    some[round] = elapsed_ns([&] { taken += take(store, now); });
    none[round] = elapsed_ns([&] { taken += take(store, now); });
  }
  if (taken != kRounds * kExpired) {
    std::fprintf(stderr, "store_bench: %zu sessions expired, not %zu\n", taken, kRounds * kExpired);
    std::exit(1);
  }
  result.take_expired_us = *std::min_element(some.begin(), some.end()) / 1e3;
  result.take_none_us = *std::min_element(none.begin(), none.end()) / 1e3;
  return result;
}

SessionLimits no_limits() { return {.max_sessions = SIZE_MAX, .max_sessions_per_client = SIZE_MAX}; }

/// Resident memory of one idle session with one upstream session, the share of tables and counts included.
double bytes_per_session(std::size_t sessions, std::size_t clients) {
  MemorySessionStore store(no_limits());
  const std::size_t before = resident_bytes();
  for (std::size_t i = 0; i < sessions; ++i) {
    SessionRecord made = record(i, clients);
    const std::string id = made.id;
    store.create(std::move(made), kStart);
    store.put_backend(id, upstream(i), kStart);
  }
  return static_cast<double>(resident_bytes() - before) / static_cast<double>(sessions);
}

/// Runs `work` in a process of its own: what one measurement leaves in the heap would change the next.
template <typename Work>
auto in_child(const Work& work) {
  decltype(work()) result{};
  static_assert(std::is_trivially_copyable_v<decltype(result)>);
  int ends[2];
  if (pipe(ends) != 0) std::exit(1);
  const pid_t child = fork();
  if (child == 0) {
    result = work();
    _exit(write(ends[1], &result, sizeof result) == sizeof result ? 0 : 1);
  }
  close(ends[1]);
  const bool complete = child > 0 && read(ends[0], &result, sizeof result) == sizeof result;
  close(ends[0]);
  if (child > 0) waitpid(child, nullptr, 0);
  if (!complete) {
    std::fprintf(stderr, "store_bench: a measurement failed\n");
    std::exit(1);
  }
  return result;
}

void print_row(const char* what, double ours, double plain) {
  std::printf("%-34s %12.1f %12.1f %9.2fx\n", what, ours, plain, plain / ours);
}

void print_table(const Arguments& arguments, const Result& ours, const Result& plain, double alone, double shared) {
  std::printf("%zu sessions, %u hardware threads\n\n", arguments.sessions, std::thread::hardware_concurrency());
  std::printf("%-34s %12s %12s %10s\n", "", "store", "plain map", "plain/store");
  print_row("create, ns", ours.create_ns, plain.create_ns);
  print_row("find_and_touch, 1 thread, ns", ours.one_thread.ns_per_op, plain.one_thread.ns_per_op);
  print_row("find_and_touch, 8 threads, ns", ours.eight_threads.ns_per_op, plain.eight_threads.ns_per_op);
  print_row("take_expired, 1,000 of all, us", ours.take_expired_us, plain.take_expired_us);
  print_row("take_expired, none, us", ours.take_none_us, plain.take_none_us);
  std::printf("%-34s %12.2f %12.2f\n", "find_and_touch, 1 thread, M/s", ours.one_thread.ops_per_second / 1e6,
              plain.one_thread.ops_per_second / 1e6);
  std::printf("%-34s %12.2f %12.2f\n", "find_and_touch, 8 threads, M/s", ours.eight_threads.ops_per_second / 1e6,
              plain.eight_threads.ops_per_second / 1e6);
  std::printf("\nresident bytes per idle session: %.0f with 10 sessions a client, %.0f with one\n", shared, alone);
}

void print_json(const char* name, const Result& result, const char* end) {
  std::printf(
      "\"%s\":{\"create_ns\":%.1f,\"find_1_ns\":%.1f,\"find_1_per_s\":%.0f,\"find_8_ns\":%.1f,\"find_8_per_s\":%.0f,"
      "\"take_expired_us\":%.1f,\"take_none_us\":%.1f}%s",
      name, result.create_ns, result.one_thread.ns_per_op, result.one_thread.ops_per_second,
      result.eight_threads.ns_per_op, result.eight_threads.ops_per_second, result.take_expired_us, result.take_none_us,
      end);
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json") {
      arguments.json = true;
    } else if (option == "--sessions" && i + 1 < argc) {
      arguments.sessions = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--seconds" && i + 1 < argc) {
      arguments.seconds = std::strtod(argv[++i], nullptr);
    } else {
      arguments.sessions = 0;
    }
  }
  if (arguments.sessions == 0 || arguments.seconds <= 0) {
    std::fprintf(stderr, "usage: store_bench [--sessions N] [--seconds S] [--json]\n");
    std::exit(2);
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const double alone = in_child([&] { return bytes_per_session(arguments.sessions, arguments.sessions); });
  const double shared = in_child([&] { return bytes_per_session(arguments.sessions, arguments.sessions / 10 + 1); });
  Result ours;
  Result plain;
  for (std::size_t round = 0; round < kRounds; ++round) {  // in turns: what else the machine does hits both
    keep_best(ours, in_child([&] {
                MemorySessionStore store(no_limits());
                return measure(store, arguments);
              }));
    keep_best(plain, in_child([&] {
                PlainStore store;
                return measure(store, arguments);
              }));
  }
  if (!arguments.json) {
    print_table(arguments, ours, plain, alone, shared);
    return 0;
  }
  std::printf("{\"sessions\":%zu,\"bytes_per_session\":%.0f,\"bytes_per_session_shared_client\":%.0f,",
              arguments.sessions, alone, shared);
  print_json("store", ours, ",");
  print_json("plain_map", plain, "}\n");
  return 0;
}
