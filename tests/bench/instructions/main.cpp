// Serves the same message a number of times in the core, with nothing around it: no sockets, no threads, backends that
// answer out of memory. count.py runs it under callgrind.
//
//   mcprouter-instructions CASE TIMES    prints nothing
//   mcprouter-instructions --cases       prints the names of the cases
//   mcprouter-instructions --about       prints what the counts depend on beside the code

#include <fmt/format.h>
#include <simdjson.h>

#ifdef __GLIBC__
#include <gnu/libc-version.h>
#endif

#include <array>
#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "rig.hpp"

namespace {

using mcprouter::bench::Rig;

struct Case {
  std::string_view name;
  std::size_t request_bytes;  // Of the argument; 0: tools/list.
  std::size_t answer_bytes;   // Of the text that a call returns.
  bool sse;
};

constexpr std::array kCases = {
    Case{"call_300", 200, 200, false},
    Case{"call_300_sse", 200, 200, true},
    Case{"call_100k_request", 100'000, 200, false},
    Case{"call_100k_answer", 200, 100'000, false},
    Case{"call_100k_answer_sse", 200, 100'000, true},
    Case{"list_of_3_backends", 0, 0, false},
};

std::string text(std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += R"(A line of \"text\".\n)";
  return text;
}

std::string message(const Case& which) {
  if (which.request_bytes == 0) return R"({"method":"tools/list","jsonrpc":"2.0","id":7})";
  return fmt::format(R"({{"method":"tools/call","params":{{"name":"b1__echo","arguments":{{"text":"{}","times":1}},)"
                     R"("_meta":{{"progressToken":7}}}},"jsonrpc":"2.0","id":7,"x":0}})",
                     text(which.request_bytes));
}

std::string about() {
  std::string libc;
#ifdef __GLIBC__
  libc = gnu_get_libc_version();
#endif
  return fmt::format("compiler {}, libc {}, simdjson {}.{}.{} {}", __VERSION__, libc,
                     int{simdjson::SIMDJSON_VERSION_MAJOR}, int{simdjson::SIMDJSON_VERSION_MINOR},
                     int{simdjson::SIMDJSON_VERSION_REVISION}, simdjson::get_active_implementation()->name());
}

int serve(std::string_view name, int times) {
  for (const Case& which : kCases) {
    if (which.name != name) continue;
    Rig rig;
    rig.backends().answer_calls(
        fmt::format(R"({{"content":[{{"type":"text","text":"{}"}}]}})", text(which.answer_bytes)), which.sse);
    const std::string served = message(which);
    for (int i = 0; i < times; ++i) rig.serve(served);
    return 0;
  }
  fmt::print(stderr, "no such case: {}\n", name);
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string_view first = argc > 1 ? argv[1] : "";
  if (argc == 2 && first == "--about") {
    fmt::print("{}\n", about());
    return 0;
  }
  if (argc == 2 && first == "--cases") {
    for (const Case& which : kCases) fmt::print("{}\n", which.name);
    return 0;
  }
  int times = 0;
  if (argc == 3) {
    const std::string_view digits = argv[2];
    std::from_chars(digits.data(), digits.data() + digits.size(), times);
  }
  if (times > 0) return serve(first, times);
  fmt::print(stderr, "usage: mcprouter-instructions CASE TIMES | --cases | --about\n");
  return 2;
} catch (const std::exception& error) {
  fmt::print(stderr, "mcprouter-instructions: {}\n", error.what());
  return 1;
}
