#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/suspension.hpp"

// What a legacy backend wants a modern client's user to visit (-32042).

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("URLs that a backend wants visited are asked for, and the call is sent anew after", "[mrtr][ELI-05]") {
  Suspension test;
  const auto refuse = [&] {
    const std::string url = R"({"mode":"url","elicitationId":"e","url":"https://x","message":"?"})";
    test.held->body("data: " +
                    fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32042,"message":"m","data":)"
                                R"({{"elicitations":[{}]}}}}}})",
                                id_of(test.held->request.body), url) +
                    "\n\n");
    test.held->end();
    test.rig.executor.run();
  };
  const auto first = test.call();
  refuse();
  const json asked = answer_of(first->response())["result"];
  CHECK(asked["resultType"] == "input_required");
  CHECK(asked["inputRequests"]["url1"]["params"]["url"] == "https://x");
  CHECK_FALSE(asked["inputRequests"]["url1"]["params"].contains("elicitationId"));
  const auto second = test.call(retry(asked, {{"url1", {{"action", "accept"}}}}));
  CHECK(test.runs == 2);
  CHECK_FALSE(json::parse(test.held->request.body)["params"].contains("requestState"));
  test.respond("done");
  CHECK(answer_of(second->response())["result"]["content"][0]["text"] == "done");
  const auto declined = test.call(retry(asked, {{"url1", {{"action", "decline"}}}}));
  CHECK(answer_of(declined->response())["result"]["isError"] == true);
  CHECK(test.runs == 2);
}

TEST_CASE("the state of a URL to be visited is good for timeouts.input", "[mrtr][ELI-05][MRTR-08]") {
  Suspension test;
  test.rig.backend().on("tools/call", [&](const auto& exchange) {
    ++test.runs;
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", id_of(exchange->request.body),
                               R"({"code":-32042,"message":"m","data":{"elicitations":[{"url":"https://x"}]}})"));
  });
  const json asked = answer_of(test.call()->response())["result"];
  const json params = retry(asked, {{"url1", {{"action", "accept"}}}});
  test.rig.executor.advance(5min - 1ms);
  CHECK(answer_of(test.call(params)->response())["result"]["resultType"] == "input_required");
  test.rig.executor.advance(1ms);
  CHECK(answer_of(test.call(params)->response())["error"]["code"] == -32602);
  CHECK(test.runs == 2);
}

TEST_CASE("a prompt or a resource whose URL the user declines is an error, not a tool's result", "[mrtr][ELI-05]") {
  Rig rig({"a"}, {}, {}, nullptr, R"({"tools":{},"prompts":{},"resources":{}})");
  const auto want_visit = [](const auto& exchange) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", id_of(exchange->request.body),
                               R"({"code":-32042,"message":"m","data":{"elicitations":[{"url":"https://x"}]}})"));
  };
  rig.backend().on("prompts/get", want_visit);
  rig.backend().on("resources/read", want_visit);
  const auto check = [&](const std::string& method, json params) {
    const json asked = answer_of(rig.send(modern_request(1, method, params, everything())))["result"];
    params["requestState"] = asked["requestState"];
    params["inputResponses"] = {{"url1", {{"action", "decline"}}}};
    const json declined = answer_of(rig.send(modern_request(2, method, params, everything())));
    CHECK_FALSE(declined.contains("result"));
    CHECK(declined["error"]["code"] == -32603);
    CHECK(rig.backend().count(method) == 1);
  };
  check("prompts/get", {{"name", "p"}});
  check("resources/read", {{"uri", "x://1"}});
}

TEST_CASE("with several backends users are told who asks, also who wants a URL visited", "[mrtr][ELI-02]") {
  Rig rig({"a", "b"});
  rig.backend(1).on("tools/call", [](const auto& exchange) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{}}})", id_of(exchange->request.body),
                               R"({"code":-32042,"message":"m","data":{"elicitations":[)"
                               R"({"url":"https://x","message":"Sign in"},{"url":"https://y","message":"Pay"}]}})"));
  });
  const json asked =
      answer_of(rig.send(modern_request(1, "tools/call", {{"name", "b__echo"}}, everything())))["result"];
  CHECK(asked["inputRequests"]["url1"]["params"]["message"] == "[b] Sign in");
  CHECK(asked["inputRequests"]["url2"]["params"]["message"] == "[b] Pay");
}
