#include "mcprouter/backend.hpp"
#include "mcprouter/error.hpp"
#include "mcprouter/options.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;

namespace {

Backend sample() {
  Backend backend;
  backend.name = "a";
  backend.url = "http://127.0.0.1:9001/mcp";
  backend.headers.forward = {"Cookie", "X-A"};
  backend.headers.rename = {{"X-From", "X-To"}};
  backend.headers.set = {{"Authorization", "Bearer s3cret"}};
  return backend;
}

template <typename Subject>
std::string problem_path(const Subject& subject) {
  try {
    check(subject, "$.x");
    return "";
  } catch (const ConfigError& error) {
    return error.path();
  }
}

template <typename Change>
std::string path_after(Change change) {
  RouterOptions options;
  change(options);
  return problem_path(options);
}

}  // namespace

TEST_CASE("a revision depends on the URL, every header rule and the protocol", "[backend]") {
  const std::uint64_t revision = sample().revision();
  CHECK(sample().revision() == revision);
  const auto changed = [&](auto change) {
    Backend backend = sample();
    change(backend);
    return backend.revision() != revision;
  };
  CHECK(changed([](Backend& b) { b.url += "x"; }));
  CHECK(changed([](Backend& b) { b.headers.forward.pop_back(); }));
  CHECK(changed([](Backend& b) { b.headers.forward = {"CookieX-A"}; }));
  CHECK(changed([](Backend& b) { b.headers.rename[0] = {"X-FromX", "-To"}; }));
  CHECK(changed([](Backend& b) { b.headers.set.set("Authorization", "Bearer other"); }));
  CHECK(changed([](Backend& b) { b.headers.set.add("X-More", ""); }));
  CHECK(changed([](Backend& b) { b.protocol = Protocol::modern; }));
  CHECK_FALSE(changed([](Backend& b) { b.name = "b"; }));
  CHECK_FALSE(changed([](Backend& b) { b.affinity = Affinity::shared; }));
}

TEST_CASE("a revision is the same in every process", "[backend]") {
  Backend backend;
  backend.url = "http://a/";
  CHECK(backend.revision() == 0xcbd7f48dfd9b882cu);
}

TEST_CASE("a backend that a host filled in is checked like the file's", "[backend]") {
  CHECK(problem_path(sample()).empty());
  const auto path = [](auto change) {
    Backend backend = sample();
    change(backend);
    return problem_path(backend);
  };
  CHECK(path([](Backend& b) { b.name = "a__b"; }) == "$.x");
  CHECK(path([](Backend& b) { b.url.clear(); }) == "$.x.url");
  CHECK(path([](Backend& b) { b.headers.forward = {"Host"}; }) == "$.x.forwardHeaders[0]");
  CHECK(path([](Backend& b) { b.headers.rename = {{"X-A", "Origin"}}; }) == "$.x.renameHeaders.X-A");
  CHECK(path([](Backend& b) { b.headers.set = {{"X-A", "a\nb"}}; }) == "$.x.headers.X-A");
}

TEST_CASE("backends have names of their own", "[backend]") {
  std::vector<Backend> backends = {sample(), sample()};
  CHECK(problem_path(backends) == "$.x[1]");
  backends[1].name = "b";
  CHECK(problem_path(backends).empty());
  backends[1].url = "b";
  CHECK(problem_path(backends) == "$.x[1].url");
}

TEST_CASE("options that a host filled in are checked like the file's", "[config]") {
  CHECK(problem_path(RouterOptions()).empty());
  CHECK(path_after([](RouterOptions& o) { o.limits.max_body = 0; }) == "$.x.limits.maxBody");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_header_bytes = 0; }) == "$.x.limits.maxHeaderBytes");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_depth = 0; }) == "$.x.limits.maxDepth");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_depth = 1'001; }) == "$.x.limits.maxDepth");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_id_length = 0; }) == "$.x.limits.maxIdLength");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_batch = 0; }) == "$.x.limits.maxBatch");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_response = 0; }) == "$.x.limits.maxResponse");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_list_pages = 0; }) == "$.x.limits.maxListPages");
  CHECK(path_after([](RouterOptions& o) { o.limits.max_list_items = 0; }) == "$.x.limits.maxListItems");
  CHECK(path_after([](RouterOptions& o) { o.timeouts.connect = 0ms; }) == "$.x.timeouts.connect");
  CHECK(path_after([](RouterOptions& o) { o.timeouts.handshake = -1ms; }) == "$.x.timeouts.handshake");
  CHECK(path_after([](RouterOptions& o) { o.timeouts.call_idle = 0ms; }) == "$.x.timeouts.callIdle");
  CHECK(path_after([](RouterOptions& o) { o.timeouts.call_total = 8761h; }) == "$.x.timeouts.callTotal");
  CHECK(path_after([](RouterOptions& o) { o.timeouts.list = 0ms; }) == "$.x.timeouts.list");
  CHECK(path_after([](RouterOptions& o) { o.timeouts.teardown = 0ms; }) == "$.x.timeouts.teardown");
  CHECK(path_after([](RouterOptions& o) { o.server_info.name.clear(); }) == "$.x.serverInfo.name");
  CHECK(path_after([](RouterOptions& o) { o.allowed_origins = {"null"}; }) == "$.x.origins[0]");
  CHECK(path_after([](RouterOptions& o) { o.allowed_hosts = {"*", "a:1"}; }) == "$.x.hosts[1]");
}
