// Compares our reading of HTTP request heads with Boost.Beast's parser: how long each takes for the head of a
// tools/call as SDKs send it, and what each lets pass that two readers may understand differently. Read the ratios, not
// the nanoseconds.
//
//   mcprouter-head-bench            the tables
//   mcprouter-head-bench WAY TIMES  reads the same head so many times, for a profiler
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/asio/message_head.hpp"

namespace {

using namespace mcprouter;
namespace beast = boost::beast::http;

constexpr std::chrono::milliseconds kRound{50};
constexpr int kRounds = 5;  // The best counts.

constexpr std::string_view kHead =
    "POST /mcp HTTP/1.1\r\n"
    "host: 127.0.0.1:8080\r\n"
    "connection: keep-alive\r\n"
    "accept: application/json, text/event-stream\r\n"
    "content-type: application/json\r\n"
    "mcp-protocol-version: 2025-11-25\r\n"
    "mcp-session-id: Zm9vYmFyYmF6cXV4MTIzNA\r\n"
    "accept-language: *\r\n"
    "sec-fetch-mode: cors\r\n"
    "user-agent: node\r\n"
    "accept-encoding: gzip, deflate\r\n"
    "content-length: 148\r\n"
    "\r\n";

struct Trap {
  std::string_view what;
  std::string_view fields;
};
constexpr std::array kTraps = {
    Trap{"two equal lengths", "Host: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n"},
    Trap{"two lengths", "Host: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n"},
    Trap{"a list of lengths", "Host: a\r\nContent-Length: 3, 3\r\n"},
    Trap{"a length with a sign", "Host: a\r\nContent-Length: +3\r\n"},
    Trap{"a length beside chunks", "Host: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"},
    Trap{"chunked twice", "Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"},
    Trap{"an unknown coding before chunked", "Host: a\r\nTransfer-Encoding: x, chunked\r\n"},
    Trap{"an unknown coding alone", "Host: a\r\nTransfer-Encoding: x\r\n"},
    Trap{"a folded line", "Host: a\r\nX: 1\r\n 2\r\n"},
    Trap{"a space before the colon", "Host : a\r\n"},
    Trap{"a bare line feed", "Host: a\nX: 1\r\n"},
    Trap{"a bare carriage return", "Host: a\r\nX: 1\r2\r\n"},
    Trap{"a NUL in a value", std::string_view("Host: a\r\nX: 1\0002\r\n", 17)},
    Trap{"no Host", "X: 1\r\n"},
    Trap{"two Hosts", "Host: a\r\nHost: b\r\n"},
};

/// Beast's parser, which hands out what it reads: put into what the router takes, as our own does.
class IntoHeaders final : public beast::basic_parser<true> {
 public:
  Headers headers;
  std::string method;
  std::string target;

 private:
  using Error = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(beast::verb, View its_method, View its_target, int, Error&) override {
    method.assign(its_method.data(), its_method.size());
    target.assign(its_target.data(), its_target.size());
  }
  void on_response_impl(int, View, int, Error&) override {}
  void on_field_impl(beast::field, View name, View value, Error&) override {
    headers.add({name.data(), name.size()}, {value.data(), value.size()});
  }
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(View body, Error&) override { return body.size(); }
  void on_chunk_header_impl(std::uint64_t, View, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, Error&) override { return body.size(); }
  void on_finish_impl(Error&) override {}
};

template <typename Parser>
bool read_by(Parser& parser, std::string_view head) {
  boost::beast::error_code error;
  parser.put(boost::asio::buffer(head.data(), head.size()), error);
  return !error && parser.is_header_done();
}

bool read_ours(std::string_view head) {
  const std::size_t size = detail::head_size(head, 0);
  return size != std::string_view::npos && detail::parse_request(head.substr(0, size)).refusal == 0;
}

bool read_into_headers(std::string_view head) {
  IntoHeaders parser;
  return read_by(parser, head);
}

bool read_into_fields(std::string_view head) {
  beast::request_parser<beast::empty_body> parser;
  return read_by(parser, head);
}

struct Way {
  std::string_view name;
  bool (*read)(std::string_view head);
};
constexpr std::array kWays = {
    Way{"ours", read_ours},
    Way{"beast-headers", read_into_headers},
    Way{"beast-fields", read_into_fields},
};

double nanoseconds(const Way& way) {
  using Clock = std::chrono::steady_clock;
  double best = 0;
  for (int round = 0; round < kRounds; ++round) {
    const auto begin = Clock::now();
    long count = 0;
    while (Clock::now() - begin < kRound) {
      for (int i = 0; i < 100; ++i) count += way.read(kHead) ? 1 : 0;
    }
    const double each = std::chrono::duration<double, std::nano>(Clock::now() - begin).count() / double(count);
    best = round == 0 ? each : std::min(best, each);
  }
  return best;
}

void print_tables() {
  fmt::print("{} bytes, ns a head\n", kHead.size());
  for (const Way& way : kWays) fmt::print("  {:<16}{:>8.0f}\n", way.name, nanoseconds(way));
  fmt::print("\n{:<36}{:<14}{}\n", "", kWays[0].name, kWays[1].name);
  for (const Trap& trap : kTraps) {
    const std::string head = "POST /mcp HTTP/1.1\r\n" + std::string(trap.fields) + "\r\n";
    const auto verdict = [&head](const Way& way) { return way.read(head) ? "passes" : "refused"; };
    fmt::print("{:<36}{:<14}{}\n", trap.what, verdict(kWays[0]), verdict(kWays[1]));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 1) {
    print_tables();
    return 0;
  }
  const std::string_view name = argv[1];
  const auto way = std::find_if(kWays.begin(), kWays.end(), [name](const Way& each) { return each.name == name; });
  if (argc != 3 || way == kWays.end()) {
    fmt::print(stderr, "usage: mcprouter-head-bench [ours | beast-headers | beast-fields TIMES]\n");
    return 2;
  }
  bool good = true;
  for (long left = std::atol(argv[2]); left > 0; --left) good = way->read(kHead) && good;
  return good ? 0 : 1;
}
