#include <fmt/format.h>

#include <latch>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"
#include "support/suspension.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("what a legacy backend asks suspends the call, and the answers resume it: it runs once", "[mrtr][MRTR-01]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  test.ask(2, "sampling/createMessage", {{"maxTokens", 1}, {"includeContext", "thisServer"}});
  const json asked = test.suspended(first);
  REQUIRE(asked["inputRequests"].size() == 2);
  CHECK(asked["resultType"] == "input_required");
  CHECK_FALSE(asked.contains("ttlMs"));
  CHECK(asked["inputRequests"]["q1"]["method"] == "elicitation/create");
  CHECK(asked["inputRequests"]["q1"]["params"]["message"] == "?");
  CHECK(asked["inputRequests"]["q2"]["params"]["includeContext"] == "none");  // TRAP-45

  const auto second =
      test.call(retry(asked, {{"q1", {{"action", "decline"}}}, {"q2", {{"model", "m"}}}, {"q9", json::object()}}));
  CHECK(test.answered(0) == json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"action":"decline"}})"));
  CHECK(test.answered(1) == json::parse(R"({"jsonrpc":"2.0","id":2,"result":{"model":"m"}})"));
  test.respond("done");
  REQUIRE(second->ended());
  CHECK(answer_of(second->response())["id"] == 2);
  CHECK(answer_of(second->response())["result"]["content"][0]["text"] == "done");
  CHECK(test.runs == 1);
  CHECK(test.rig.store.size() == 0);
}

TEST_CASE("what is not answered is asked for again, under the same key", "[mrtr][MRTR-09]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  test.ask(2);
  const json asked = test.suspended(first);
  const auto second = test.call(retry(asked, {{"q2", {{"action", "cancel"}}}}));
  const json again = test.suspended(second);
  CHECK(again["inputRequests"].size() == 1);
  CHECK(again["inputRequests"].contains("q1"));
  const auto third = test.call(retry(again, {{"q1", {{"action", "cancel"}}}}));
  test.respond("done");
  CHECK(third->ended());
  CHECK(test.runs == 1);
}

TEST_CASE("a state is good once, for the same call of the same client, and unchanged", "[mrtr][MRTR-06][MRTR-07]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  const json asked = test.suspended(first);
  const json answers = {{"q1", {{"action", "cancel"}}}};
  const auto refused = [&](const json& params) {
    const auto writer = test.call(params);
    REQUIRE(writer->ended());
    return answer_of(writer->response())["error"]["code"] == -32602;
  };
  json tampered = retry(asked, answers);
  std::string state = tampered["requestState"];
  state[5] = state[5] == 'A' ? 'B' : 'A';
  tampered["requestState"] = state;
  CHECK(refused(tampered));
  json other_arguments = retry(asked, answers);
  other_arguments["arguments"] = {{"other", true}};
  CHECK(refused(other_arguments));
  test.call(retry(asked, answers));
  CHECK(test.answered(0)["id"] == 1);
  CHECK(refused(retry(asked, answers)));
  CHECK(test.runs == 1);
}

TEST_CASE("a state is no good for another method or another name", "[mrtr][MRTR-07][SEC-03]") {
  Suspension test({}, R"({"tools":{},"prompts":{}})");
  const auto first = test.call();
  test.ask(1);
  const json asked = test.suspended(first);
  const json answers = {{"q1", {{"action", "accept"}}}};
  const auto refused = [&](const std::string& method, const std::string& name) {
    json params = retry(asked, answers);
    params["name"] = name;
    const json error = answer_of(test.rig.send(modern_request(7, method, params, everything())))["error"];
    return error["code"] == -32602 && error["message"].get<std::string>().find("requestState") != std::string::npos;
  };
  CHECK(refused("prompts/get", "echo"));
  CHECK(refused("tools/call", "other"));
  CHECK(test.rig.backend().seen("").size() == test.rig.backend().count("GET"));
  CHECK(test.rig.backend().count("prompts/get") == 0);
  test.call(retry(asked, answers));
  CHECK(test.answered(0)["id"] == 1);
  CHECK(test.runs == 1);
}

TEST_CASE("of two tries at once with one state one resumes the call", "[mrtr][MRTR-06][race]") {
  for (int round = 0; round < 50; ++round) {
    Suspension test;
    const auto first = test.call();
    test.ask(1);
    const json params = retry(test.suspended(first), {{"q1", {{"action", "decline"}}}});
    std::vector<Request> requests;
    for (const int id : {8, 9}) {
      requests.push_back(modern_request(id, "tools/call", params, everything()));
    }
    std::latch gate(2);
    std::vector<std::shared_ptr<RecordingWriter>> writers(2);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        gate.arrive_and_wait();
        writers[i] = test.rig.start(requests[i]);
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    test.rig.executor.run();
    const std::size_t loser = writers[0]->ended() ? 0 : 1;
    REQUIRE(writers[loser]->ended());
    CHECK(answer_of(writers[loser]->response())["error"]["code"] == -32602);
    CHECK_FALSE(writers[1 - loser]->ended());
    test.respond("done");
    CHECK(answer_of(writers[1 - loser]->response())["result"]["content"][0]["text"] == "done");
    CHECK(test.answered(0)["id"] == 1);
    CHECK_THROWS(test.answered(1));
    CHECK(test.runs == 1);
  }
}

TEST_CASE("a client that goes away while its call goes on again ends it", "[mrtr][CAN-01]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  const auto second = test.call(retry(test.suspended(first), {{"q1", {{"action", "decline"}}}}));
  CHECK_FALSE(second->ended());
  second->tell(ResponseWriter::Event::closed);
  test.rig.executor.run();
  CHECK(test.held->cancelled());
  CHECK(test.rig.backend().count("notifications/cancelled") == 1);
  CHECK(test.rig.backend().live_sessions() == 0);
  CHECK(test.rig.store.size() == 0);
}

TEST_CASE("a client that does not come back in time frees the call, and the backend is told", "[mrtr][MRTR-08]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  const json asked = test.suspended(first);
  test.rig.executor.advance(5min);
  CHECK(test.held->cancelled());
  CHECK(test.answered(0) == json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"action":"cancel"}})"));
  CHECK(test.rig.backend().count("notifications/cancelled") == 1);
  CHECK(test.rig.store.size() == 0);
  const auto late = test.call(retry(asked, {{"q1", {{"action", "accept"}}}}));
  CHECK(answer_of(late->response())["error"]["code"] == -32602);
}

TEST_CASE("a backend hears that a call is cancelled before the session of the call ends", "[mrtr][CAN-01][race]") {
  Suspension test;
  std::shared_ptr<MemoryExchange> cancelled;
  test.rig.backend().on("notifications/cancelled", [&](const auto& exchange) { cancelled = exchange; });
  const auto writer = test.call();
  writer->tell(ResponseWriter::Event::closed);
  test.rig.executor.run();
  REQUIRE(cancelled);
  CHECK(test.rig.backend().count("DELETE") == 0);
  cancelled->respond(202, {}, "");
  test.rig.executor.run();
  CHECK(test.rig.backend().count("DELETE") == 1);
}

TEST_CASE("a modern client that goes away ends its call", "[mrtr][CAN-01][TRAP-12]") {
  Suspension test;
  const auto writer = test.call();
  writer->tell(ResponseWriter::Event::closed);
  test.rig.executor.run();
  CHECK(test.held->cancelled());
  CHECK(test.rig.backend().count("notifications/cancelled") == 1);
  CHECK(test.rig.backend().live_sessions() == 0);
}

TEST_CASE("a client that went away after it was asked may come back", "[mrtr]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  const json asked = test.suspended(first);
  first->tell(ResponseWriter::Event::closed);
  const auto second = test.call(retry(asked, {{"q1", {{"action", "cancel"}}}}));
  test.respond("done");
  CHECK(answer_of(second->response())["result"]["content"][0]["text"] == "done");
}

TEST_CASE("nobody is asked for what this request did not declare", "[mrtr][MRTR-05]") {
  Suspension test;
  const auto writer = test.call(json::object(), {{"elicitation", json::object()}});
  test.ask(1, "sampling/createMessage");
  test.ask(2, "elicitation/create", {{"mode", "url"}, {"url", "https://x"}});
  test.rig.executor.advance(10ms);
  CHECK_FALSE(writer->ended());
  CHECK(test.answered(0)["error"]["code"] == -32601);
  CHECK(test.answered(1)["error"]["code"] == -32602);
}

TEST_CASE("a client that comes back without a capability is not asked again for what needs it", "[mrtr][MRTR-05]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  test.ask(2, "roots/list", json::object());
  const json asked = test.suspended(first);
  const auto second = test.call(retry(asked, json::object()), {{"roots", json::object()}});
  CHECK(test.answered(0)["id"] == 1);
  CHECK(test.answered(0)["error"]["code"] == -32601);
  const json again = test.suspended(second);
  CHECK(again["inputRequests"].size() == 1);
  CHECK(again["inputRequests"].contains("q2"));
  const auto third = test.call(retry(again, json::object()), json::object());
  CHECK(test.answered(1)["id"] == 2);
  test.rig.executor.advance(10ms);
  CHECK_FALSE(third->ended());
  test.respond("done");
  CHECK(answer_of(third->response())["result"]["content"][0]["text"] == "done");
}

TEST_CASE("progress comes under the client's token, log messages at the level of the request",
          "[mrtr][PRG-01][LOG-02]") {
  Suspension test;
  json params = {{"name", "echo"}};
  params["_meta"]["progressToken"] = "mine";
  params["_meta"]["io.modelcontextprotocol/logLevel"] = "warning";
  const auto writer = test.call(params);
  const json token = json::parse(test.held->request.body)["params"]["_meta"]["progressToken"];
  CHECK(token.is_string());
  CHECK(token != "mine");
  const auto notify = [&](const std::string& method, json notified) {
    test.held->body(event({{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(notified)}}));
  };
  notify("notifications/progress", {{"progressToken", token}, {"progress", 1}});
  notify("notifications/progress", {{"progressToken", "mine"}, {"progress", 2}});
  notify("notifications/message", {{"level", "info"}, {"data", "quiet"}});
  notify("notifications/message", {{"level", "error"}, {"data", "loud"}});
  notify("notifications/tools/list_changed", json::object());
  test.respond("done");
  const std::vector<std::string> events = events_of(writer->response());
  REQUIRE(events.size() == 3);
  CHECK(json::parse(events[0])["params"]["progressToken"] == "mine");
  CHECK(json::parse(events[1])["params"]["data"] == "loud");
}

TEST_CASE("progress of a suspended call's backend that does not increase is dropped", "[mrtr][PRG-02]") {
  Suspension test;
  json params = {{"name", "echo"}};
  params["_meta"]["progressToken"] = 1;
  const auto writer = test.call(params);
  const json token = json::parse(test.held->request.body)["params"]["_meta"]["progressToken"];
  for (const json& progress : {json(-1), json(0.5), json(0.5), json(0), json("2"), json(), json(7e1)}) {
    json notified = {{"progressToken", token}, {"progress", progress}};
    test.held->body(event({{"jsonrpc", "2.0"}, {"method", "notifications/progress"}, {"params", notified}}));
  }
  test.respond("done");
  const std::vector<std::string> events = events_of(writer->response());
  REQUIRE(events.size() == 4);
  CHECK(json::parse(events[0])["params"]["progress"] == -1);
  CHECK(json::parse(events[1])["params"]["progress"] == 0.5);
  CHECK(json::parse(events[2])["params"]["progress"] == 70);
}

TEST_CASE("a backend asks over the stream of GET as well, and it is told whose request that is", "[mrtr]") {
  Suspension test;
  std::shared_ptr<MemoryExchange> listening;
  offer_stream(test.rig.backend(), listening);
  const auto writer = test.call();
  REQUIRE(listening);
  listening->body(event({{"jsonrpc", "2.0"}, {"id", 4}, {"method", "roots/list"}}));
  const json asked = test.suspended(writer);
  CHECK(asked["inputRequests"]["q1"]["method"] == "roots/list");
  const auto second = test.call(retry(asked, {{"q1", {{"roots", json::array()}}}}));
  CHECK(test.answered(0)["id"] == 4);
  test.respond("done");
  CHECK(second->ended());
  CHECK(listening->cancelled());
}

TEST_CASE("what a backend takes back over the stream of GET is not asked", "[mrtr]") {
  Suspension test;
  std::shared_ptr<MemoryExchange> listening;
  offer_stream(test.rig.backend(), listening);
  const auto writer = test.call();
  REQUIRE(listening);
  listening->body(event({{"jsonrpc", "2.0"}, {"id", 4}, {"method", "roots/list"}}));
  listening->body(event({{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", 4}}}}));
  test.rig.executor.advance(10ms);
  CHECK_FALSE(writer->ended());
  test.respond("done");
  CHECK(writer->ended());
}

TEST_CASE("calls that wait for their clients are bounded", "[mrtr]") {
  RouterOptions options;
  options.limits.max_suspended_calls = 1;
  Suspension test(options);
  const auto first = test.call();
  test.ask(1);
  test.suspended(first);
  const auto second = test.call();
  test.ask(1);
  test.rig.executor.advance(10ms);
  REQUIRE(second->ended());
  CHECK(answer_of(second->response())["error"]["code"] == -32603);
  CHECK(test.held->cancelled());
}

TEST_CASE("a shutdown gives up the calls that are suspended", "[mrtr][shutdown]") {
  Suspension test;
  const auto first = test.call();
  test.ask(1);
  test.suspended(first);
  CHECK(test.rig.router->shutdown(1s));
  CHECK(test.held->cancelled());
}

TEST_CASE("what a backend asks over the stream of GET before it answers the call is answered", "[mrtr]") {
  Suspension test;
  std::shared_ptr<MemoryExchange> listening;
  offer_stream(test.rig.backend(), listening);
  test.rig.backend().on("tools/call", [&](const auto& exchange) { test.held = exchange; });
  const auto writer = test.call(json::object(), {{"elicitation", json::object()}});
  REQUIRE(listening);
  listening->body(event({{"jsonrpc", "2.0"}, {"id", 4}, {"method", "roots/list"}}));
  test.rig.executor.run();
  CHECK(test.answered(0)["error"]["code"] == -32601);
  test.held->json(
      fmt::format(R"({{"jsonrpc":"2.0","id":{},"result":{{"content":[]}}}})", id_of(test.held->request.body)));
  test.rig.executor.run();
  CHECK(writer->ended());
}

TEST_CASE("one client cannot have all calls that wait", "[mrtr][limits]") {
  RouterOptions options;
  options.limits.max_suspended_calls = 18;
  Suspension test(options);
  const auto suspends = [&](const std::string& peer) {
    Request request = modern_request(++test.last_id, "tools/call", {{"name", "echo"}}, everything());
    request.peer = peer;
    const auto writer = test.rig.start(std::move(request));
    test.rig.executor.run();
    test.ask(1);
    return test.suspended(writer);
  };
  const json first = suspends("192.0.2.1");
  for (int call = 2; call <= 16; ++call) {
    CHECK(suspends("192.0.2.1")["resultType"] == "input_required");
  }
  CHECK(suspends("192.0.2.1").is_null());
  CHECK(suspends("192.0.2.2")["resultType"] == "input_required");
  test.call(retry(first, json::object()));  // its place is free until it is asked again
  CHECK(suspends("192.0.2.1")["resultType"] == "input_required");
}
