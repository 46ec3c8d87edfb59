#include "live/session_calls.hpp"

#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"

using namespace mcprouter;
using namespace mcprouter::detail;

namespace {

PendingRequest request_of(const std::string& id) {
  auto backend = std::make_shared<Backend>();
  backend->name = "a";
  return {backend, nullptr, id, {}, {}, {}, nullptr};
}

}  // namespace

TEST_CASE("of a backend's requests only those that wait are remembered", "[live][bounds]") {
  test::ManualExecutor executor;
  SessionCalls calls(executor, 8);
  std::vector<std::string> asked;
  for (const char* const id : {"\"1\"", "\"2\"", "\"3\""}) {
    REQUIRE(calls.add_request(id, request_of(id)));
    asked.emplace_back(id);
  }
  REQUIRE(calls.take_request("\"2\""));
  calls.forget_answered(asked);
  CHECK(asked == std::vector<std::string>{"\"1\"", "\"3\""});
}

TEST_CASE("no more requests of backends wait for a client than the limit says", "[live][bounds]") {
  test::ManualExecutor executor;
  SessionCalls calls(executor, 1);
  CHECK(calls.add_request("\"1\"", request_of("\"1\"")));
  CHECK_FALSE(calls.add_request("\"2\"", request_of("\"2\"")));
  calls.take_request("\"1\"");
  CHECK(calls.add_request("\"2\"", request_of("\"2\"")));
}
