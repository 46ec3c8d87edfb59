#include "mcprouter/config.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "support/catch.hpp"
#include "unit/config/config_error.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;

namespace {

/// A file of this process's own, gone at the end of the test.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text)
      : path_(std::filesystem::temp_directory_path() / ("mcprouter-config-" + std::to_string(::getpid()) + ".json")) {
    std::ofstream(path_) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("a configuration of servers alone has every default", "[config]") {
  const Config config = parse_config(R"({"mcpServers": {"a": {"url": "http://127.0.0.1:9001/mcp"}}})", {});
  CHECK(config.listen_host == "127.0.0.1");
  CHECK(config.listen_port == 8080);
  CHECK(config.path == "/mcp");
  CHECK(config.sessions.idle_timeout == 30min);
  CHECK(config.sessions.max_sessions == 10'000);
  CHECK(config.router.limits.max_body == Limits().max_body);
  CHECK(config.router.timeouts.call_idle == 60s);
  CHECK(config.router.naming == Naming::automatic);
  CHECK(config.router.server_info.name == "mcprouter");
  CHECK(config.router.allowed_origins.empty());
  REQUIRE(config.backends.size() == 1);
  CHECK(config.backends[0].headers.set.empty());
}

TEST_CASE("every member of the router section is read", "[config]") {
  const Config config = parse_config(with_router(R"(
      "listen": "[::1]:9000", "path": "/a/mcp.v1",
      "sessions": {"idleTimeout": "90s", "maxSessions": 11, "maxSessionsPerClient": 12},
      "timeouts": {"connect": "1ms", "handshake": "2ms", "callIdle": "3ms", "callTotal": "4ms", "list": "5ms",
                   "teardown": "6ms", "keepAlive": "7ms", "streamRetry": "8ms"},
      "limits": {"maxBody": 21, "maxHeaderBytes": 22, "maxDepth": 23, "maxIdLength": 24, "maxBatch": 25,
                 "maxResponse": 26, "maxListPages": 27, "maxListItems": 28, "maxPage": 29,
                 "maxSubscriptions": 30, "maxPendingRequests": 31, "maxStreams": 32, "maxListens": 36, "maxStreamQueue": 33,
                 "maxReplayEvents": 34, "maxReplayBytes": 35},
      "origins": ["https://app.example", "http://app.example:8443", "http://[::2]:1"],
      "hosts": ["gw.example", "10.0.0.1", "[2001:db8::1]", "*"],
      "naming": {"prefix": "always"},
      "serverInfo": {"name": "${NAME:-n}", "version": "v", "instructions": "i"})"),
                                     {});
  CHECK(config.listen_host == "::1");
  CHECK(config.listen_port == 9000);
  CHECK(config.path == "/a/mcp.v1");
  CHECK(config.sessions.idle_timeout == 90s);
  CHECK(config.sessions.max_sessions == 11);
  CHECK(config.sessions.max_sessions_per_client == 12);
  const Timeouts& timeouts = config.router.timeouts;
  CHECK(timeouts.connect == 1ms);
  CHECK(timeouts.handshake == 2ms);
  CHECK(timeouts.call_idle == 3ms);
  CHECK(timeouts.call_total == 4ms);
  CHECK(timeouts.list == 5ms);
  CHECK(timeouts.teardown == 6ms);
  CHECK(timeouts.keep_alive == 7ms);
  CHECK(timeouts.stream_retry == 8ms);
  const Limits& limits = config.router.limits;
  CHECK(limits.max_body == 21);
  CHECK(limits.max_header_bytes == 22);
  CHECK(limits.max_depth == 23);
  CHECK(limits.max_id_length == 24);
  CHECK(limits.max_batch == 25);
  CHECK(limits.max_response == 26);
  CHECK(limits.max_list_pages == 27);
  CHECK(limits.max_list_items == 28);
  CHECK(limits.max_page == 29);
  CHECK(limits.max_subscriptions == 30);
  CHECK(limits.max_pending_requests == 31);
  CHECK(limits.max_streams == 32);
  CHECK(limits.max_listens == 36);
  CHECK(limits.max_stream_queue == 33);
  CHECK(limits.max_replay_events == 34);
  CHECK(limits.max_replay_bytes == 35);
  CHECK(config.router.allowed_origins.size() == 3);
  CHECK(config.router.allowed_hosts.back() == "*");
  CHECK(config.router.naming == Naming::always);
  CHECK(config.router.server_info.name == "n");
  CHECK(config.router.server_info.version == "v");
  CHECK(config.router.server_info.instructions == "i");
}

TEST_CASE("an unknown member is refused with the nearest known name", "[config]") {
  CHECK(config_error(R"({"mcpServer": {}})") == "$.mcpServer: unknown member; did you mean \"mcpServers\"?");
  CHECK(config_error(with_router(R"("sesions": {})")) ==
        "$.router.sesions: unknown member; did you mean \"sessions\"?");
  CHECK(config_error(with_router(R"("sessions": {"max_sessions": 1})")) ==
        "$.router.sessions.max_sessions: unknown member; did you mean \"maxSessions\"?");
  CHECK(config_error(with_router(R"("limits": {"qps": 1})")) ==
        "$.router.limits.qps: unknown member; expected one of maxBody, maxHeaderBytes, maxDepth, maxIdLength, "
        "maxBatch, maxResponse, maxListPages, maxListItems, maxPage, maxSubscriptions, maxPendingRequests, maxStreams, "
        "maxListens, maxStreamQueue, maxReplayEvents, maxReplayBytes, "
        "maxSuspendedCalls, maxInputRounds");
  CHECK(config_error(with_router(R"("timeouts": {"call": "1s"})")).find("$.router.timeouts.call: unknown") == 0);
  CHECK(config_error(with_router(R"("naming": {"x": 1})")).find("$.router.naming.x: unknown") == 0);
  CHECK(config_error(with_router(R"("serverInfo": {"title": ""})")).find("$.router.serverInfo.title: unknown") == 0);
}

TEST_CASE("a member of the wrong type is refused", "[config]") {
  CHECK(config_error("[]") == "$: expected an object, found an array");
  CHECK(config_error("null") == "$: expected an object, found null");
  CHECK(config_error(R"({"mcpServers": []})") == "$.mcpServers: expected an object, found an array");
  CHECK(config_error(with_router(R"("listen": 8080)")) == "$.router.listen: expected a string, found a number");
  CHECK(config_error(with_router(R"("sessions": true)")) == "$.router.sessions: expected an object, found a boolean");
  CHECK(config_error(with_router(R"("limits": {"maxBody": "1"})")) ==
        "$.router.limits.maxBody: expected a whole number, found a string");
  CHECK(config_error(with_router(R"("origins": "https://a")")) ==
        "$.router.origins: expected an array of strings, found a string");
  CHECK(config_error(with_router(R"("hosts": ["a", {}])")) == "$.router.hosts[1]: expected a string, found an object");
}

TEST_CASE("a number that is zero, negative, fractional or too large is refused", "[config]") {
  for (const char* number : {"0", "-1", "1.5", "1.0", "1e3", "9007199254740992", "18446744073709551616", "-0"}) {
    CAPTURE(number);
    CHECK(config_error(with_router(std::string(R"("sessions": {"maxSessions": )") + number + "}")) ==
          "$.router.sessions.maxSessions: expected a whole number from 1 to 9007199254740991");
  }
  CHECK(config_error(with_router(R"("limits": {"maxDepth": 1001})")) ==
        "$.router.limits.maxDepth: expected at most 1000");
}

TEST_CASE("a time is a string with a unit", "[config]") {
  CHECK(config_error(with_router(R"("sessions": {"idleTimeout": 1800})")) ==
        "$.router.sessions.idleTimeout: expected a time with its unit, \"250ms\", \"5s\", \"30m\" or \"1h\", found a "
        "number");
  for (const char* time : {"0s", "5", "-5s", "9000h", ""}) {
    CAPTURE(time);
    CHECK(config_error(with_router(std::string(R"("timeouts": {"list": ")") + time + "\"}")) ==
          "$.router.timeouts.list: expected a time with its unit, \"250ms\", \"5s\", \"30m\" or \"1h\", from 1ms to "
          "8760h");
  }
}

TEST_CASE("a bad address, path, origin, host or prefix is refused", "[config]") {
  const auto at = [](const std::string& members, const std::string& path) {
    CAPTURE(members);
    CHECK(config_error(with_router(members)).find("$.router." + path + ": expected ") == 0);
  };
  at(R"("listen": "8080")", "listen");
  for (const char* path : {"", "mcp", "/mcp/", "//", "/a//b", "/a/../b", "/mcp?x", "/m p", "/(.*)", "/%6d"}) {
    at(std::string(R"("path": ")") + path + "\"", "path");
  }
  for (const char* origin : {"", "*", "null", "app.example", "https://app.example/", "https://app.example/x", "ftp://a",
                             "https://*.example", "https://u@a", "https://a:0", "https://a:65536"}) {
    at(std::string(R"("origins": ["https://ok.example", ")") + origin + "\"]", "origins[1]");
  }
  for (const char* host :
       {"", "gw.example:80", "http://gw", "a/b", "*.example", "::1", "[", "[::1]:80", "a b", "u@a"}) {
    at(std::string(R"("hosts": [")") + host + "\"]", "hosts[0]");
  }
  at(R"("naming": {"prefix": "never"})", "naming.prefix");
  at(R"("serverInfo": {"name": ""})", "serverInfo.name");
}

TEST_CASE("a file is read with the process's environment", "[config]") {
  const TemporaryFile file(with_router(R"("path": "${MCPROUTER_TEST_NOT_SET:-/m}")"));
  CHECK(load_config(file.path()).path == "/m");
}

TEST_CASE("a file that cannot be read is refused by its name", "[config]") {
  const std::string missing = "no-such-file.json";
  CHECK_THROWS_WITH(load_config(missing), missing + ": cannot be opened; expected a readable file");
  const std::string folder = std::filesystem::temp_directory_path().string();
  CHECK_THROWS_WITH(load_config(folder), folder + ": cannot be read; expected a regular file");
}

TEST_CASE("a file that is too large is refused", "[config]") {
  const TemporaryFile file(std::string((1u << 20) + 1, ' '));
  CHECK_THROWS_WITH(load_config(file.path()), "$: the text is too large; expected at most 1048576 bytes");
}
