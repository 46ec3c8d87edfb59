// Measures MemorySessionStore beside a plain map with one mutex, in one run: read the ratios, not the nanoseconds.
//
//   store_bench [--sessions N] [--seconds S] [--json FILE]

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"
#include "plain_store.hpp"
#include "store_measure.hpp"
#include "store_sessions.hpp"

namespace {

using namespace mcprouter;
using namespace mcprouter::bench;

/// How many live sessions expiry is measured beside.
constexpr std::array<std::size_t, 3> kLive{10'000, 100'000, 1'000'000};

struct Arguments {
  std::size_t sessions = 1'000'000;
  double seconds = 0.5;
  const char* json = nullptr;
};

struct Results {
  Access access;
  std::array<Expiry, kLive.size()> expiry;
};

void keep_best(Access& best, const Access& other) {
  best.create_ns = std::min(best.create_ns, other.create_ns);
  for (std::size_t i = 0; i < best.find.size(); ++i) {
    if (other.find[i].ns_per_op < best.find[i].ns_per_op) best.find[i] = other.find[i];
  }
}

std::size_t resident_bytes() {
  std::size_t total = 0;
  std::size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
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

template <typename Store>
auto in_child_with(const auto& work) {
  return in_child([&] {
    if constexpr (std::is_same_v<Store, MemorySessionStore>) {
      Store store(no_limits());
      return work(store);
    } else {
      Store store;
      return work(store);
    }
  });
}

template <typename Store>
Access access_in_child(const Arguments& arguments) {
  return in_child_with<Store>(
      [&](Store& store) { return measure_access(store, arguments.sessions, arguments.seconds); });
}

template <typename Store>
Expiry expiry_in_child(std::size_t live) {
  return in_child_with<Store>([&](Store& store) { return measure_expiry(store, live); });
}

void print_row(const std::string& what, double ours, double plain) {
  std::printf("%-44s %12.1f %12.1f %9.2fx\n", what.c_str(), ours, plain, plain / ours);
}

void print_table(const Arguments& arguments, const Results& ours, const Results& plain, double alone, double shared) {
  std::printf("\n%zu sessions, %u hardware threads\n\n", arguments.sessions, std::thread::hardware_concurrency());
  std::printf("%-44s %12s %12s %10s\n", "", "store", "plain map", "plain/store");
  print_row("create, ns", ours.access.create_ns, plain.access.create_ns);
  for (std::size_t i = 0; i < kThreads.size(); ++i) {
    const Rate& rate = ours.access.find[i];
    const Rate& other = plain.access.find[i];
    const std::string what = "find_and_touch, " + std::to_string(kThreads[i]) + " threads";
    print_row(what + ", wall ns", rate.ns_per_op, other.ns_per_op);
    print_row(what + ", CPU ns", rate.cpu_ns_per_op, other.cpu_ns_per_op);
    std::printf("%-44s %12.2f %12.2f\n", (what + ", M/s").c_str(), rate.ops_per_second / 1e6,
                other.ops_per_second / 1e6);
  }
  for (std::size_t i = 0; i < kLive.size(); ++i) {
    const std::string live = std::to_string(kLive[i]) + " live";
    print_row("take_expired, 1000 beside " + live + ", us", ours.expiry[i].some_us, plain.expiry[i].some_us);
    print_row("take_expired, none beside " + live + ", us", ours.expiry[i].none_us, plain.expiry[i].none_us);
  }
  std::printf("\nresident bytes per idle session: %.0f with 10 sessions a client, %.0f with one\n", shared, alone);
}

void write_json(std::FILE* file, const char* name, const Results& results) {
  std::fprintf(file, ",\n \"%s\": {\"create_ns\": %.1f, \"find_and_touch\": [", name, results.access.create_ns);
  for (std::size_t i = 0; i < kThreads.size(); ++i) {
    const Rate& rate = results.access.find[i];
    std::fprintf(file, "%s{\"threads\": %u, \"ns\": %.1f, \"cpu_ns\": %.1f, \"per_second\": %.0f}", i == 0 ? "" : ", ",
                 kThreads[i], rate.ns_per_op, rate.cpu_ns_per_op, rate.ops_per_second);
  }
  std::fprintf(file, "], \"take_expired\": [");
  for (std::size_t i = 0; i < kLive.size(); ++i) {
    std::fprintf(file, "%s{\"live\": %zu, \"some_us\": %.1f, \"none_us\": %.1f}", i == 0 ? "" : ", ", kLive[i],
                 results.expiry[i].some_us, results.expiry[i].none_us);
  }
  std::fprintf(file, "]}");
}

void write_json(const Arguments& arguments, const Results& ours, const Results& plain, double alone, double shared) {
  std::FILE* file = std::fopen(arguments.json, "w");
  if (file == nullptr) {
    std::perror(arguments.json);
    std::exit(1);
  }
  std::fprintf(file, "{\"sessions\": %zu, \"hardware_threads\": %u, \"bytes_per_session\": %.0f", arguments.sessions,
               std::thread::hardware_concurrency(), alone);
  std::fprintf(file, ", \"bytes_per_session_shared_client\": %.0f", shared);
  write_json(file, "store", ours);
  write_json(file, "plain_map", plain);
  std::fputs("}\n", file);
  std::fclose(file);
}

Arguments parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--json" && i + 1 < argc) {
      arguments.json = argv[++i];
    } else if (option == "--sessions" && i + 1 < argc) {
      arguments.sessions = std::strtoull(argv[++i], nullptr, 10);
    } else if (option == "--seconds" && i + 1 < argc) {
      arguments.seconds = std::strtod(argv[++i], nullptr);
    } else {
      arguments.sessions = 0;
    }
  }
  if (arguments.sessions == 0 || arguments.seconds <= 0) {
    std::fprintf(stderr, "usage: store_bench [--sessions N] [--seconds S] [--json FILE]\n");
    std::exit(2);
  }
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments = parse(argc, argv);
  const double alone = in_child([&] { return bytes_per_session(arguments.sessions, arguments.sessions); });
  const double shared = in_child([&] { return bytes_per_session(arguments.sessions, arguments.sessions / 10 + 1); });
  Results ours;
  Results plain;
  for (std::size_t round = 0; round < kRounds; ++round) {  // in turns: what else the machine does hits both
    keep_best(ours.access, access_in_child<MemorySessionStore>(arguments));
    keep_best(plain.access, access_in_child<PlainStore>(arguments));
  }
  for (std::size_t i = 0; i < kLive.size(); ++i) {
    ours.expiry[i] = expiry_in_child<MemorySessionStore>(kLive[i]);
    plain.expiry[i] = expiry_in_child<PlainStore>(kLive[i]);
  }
  print_table(arguments, ours, plain, alone, shared);
  if (arguments.json != nullptr) write_json(arguments, ours, plain, alone, shared);
  return 0;
}
