#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"
#include "support/trusting_authenticator.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

/// A legacy backend whose calls the test answers, and modern clients whose calls share sessions there.
struct Sharing {
  explicit Sharing(Affinity affinity = Affinity::principal) : rig({"a"}, {}, {}, &authenticator) {
    std::vector<Backend> backends = rig.configured();
    backends[0].affinity = affinity;
    rig.router->reload({}, std::move(backends));
    rig.backend().on("tools/call", [this](const auto& exchange) {
      if (!rig.backend().knows(exchange->request)) {
        exchange->respond(404, {}, "");
        return;
      }
      calls.push_back(exchange);
      exchange->head(200, kSse);
    });
    rig.backend().on("GET", [](const auto& exchange) { exchange->respond(405, {}, ""); });
  }

  std::shared_ptr<RecordingWriter> call(const std::string& user, json params = json::object()) {
    params["name"] = "echo";
    Request request = modern_request(++last_id, "tools/call", params, everything());
    request.headers.add("X-User", user);
    auto writer = rig.start(std::move(request));
    rig.executor.run();
    return writer;
  }
  /// The backend asks within its call of that number.
  void ask(std::size_t index, int id) { calls.at(index)->body(elicitation(id)); }
  void respond(std::size_t index, const std::string& text) {
    const std::string id = id_of(calls.at(index)->request.body);
    calls[index]->body(fmt::format(
        "data: "
        "{{\"jsonrpc\":\"2.0\",\"id\":{},\"result\":{{\"content\":[{{\"type\":\"text\",\"text\":\"{}\"}}]}}}}\n\n",
        id, text));
    calls[index]->end();
    rig.executor.run();
  }
  /// Lets the time pass in which other requests of the backend are waited for.
  json suspended(const std::shared_ptr<RecordingWriter>& writer) {
    rig.executor.advance(10ms);
    REQUIRE(writer->ended());
    return answer_of(writer->response()).value("result", json());
  }
  /// What the backend got as answers to its requests.
  std::vector<json> answers() {
    std::vector<json> messages;
    for (const Seen& seen : rig.backend().seen("")) {
      if (seen.http_method == "POST") {
        messages.push_back(json::parse(seen.body));
      }
    }
    return messages;
  }
  std::string session_of_call(std::size_t index) { return session_of(*calls.at(index)); }
  static std::string session_of(const MemoryExchange& exchange) {
    return std::string(exchange.request.headers.get("Mcp-Session-Id"));
  }
  static std::string elicitation(int id) {
    return fmt::format(
               R"(data: {{"jsonrpc":"2.0","id":{},"method":"elicitation/create","params":{{"message":"{}?"}}}})", id,
               id) +
           "\n\n";
  }

  TrustingAuthenticator authenticator;
  Rig rig;
  std::vector<std::shared_ptr<MemoryExchange>> calls;
  int last_id = 0;
};

json retry(const json& asked, const json& answer) {
  return {{"requestState", asked["requestState"]}, {"inputResponses", {{"q1", answer}}}};
}

std::string text_of(const std::shared_ptr<RecordingWriter>& writer) {
  return answer_of(writer->response())["result"]["content"][0]["text"];
}

}  // namespace

TEST_CASE("with affinity principal a principal's calls share a session, and two principals share none",
          "[modern][affinity]") {
  Sharing test;
  for (const char* const user : {"ann", "bob", "ann"}) {
    test.call(user);
    test.respond(test.calls.size() - 1, user);
  }
  CHECK(test.rig.backend().count("initialize") == 2);
  CHECK(test.session_of_call(0) == test.session_of_call(2));
  CHECK(test.session_of_call(0) != test.session_of_call(1));
}

TEST_CASE("an authenticated client's calls share a session if nothing else is configured", "[modern][affinity]") {
  Sharing test(Affinity::automatic);
  for (std::size_t call = 0; call < 2; ++call) {
    test.call("ann");
    test.respond(call, "done");
  }
  CHECK(test.session_of_call(0) == test.session_of_call(1));
}

TEST_CASE("calls at the same time in one session are each asked for on their own stream, and each answered",
          "[modern][affinity][mrtr][MRTR-01]") {
  Sharing test;
  const auto first = test.call("ann");
  const auto second = test.call("ann");
  REQUIRE(test.session_of_call(0) == test.session_of_call(1));
  test.ask(0, 1);
  const json of_first = test.suspended(first);
  test.ask(1, 2);  // while the first one waits for its user
  const json of_second = test.suspended(second);
  CHECK(of_first["inputRequests"]["q1"]["params"]["message"] == "1?");
  CHECK(of_second["inputRequests"]["q1"]["params"]["message"] == "2?");

  const auto second_again = test.call("ann", retry(of_second, {{"action", "decline"}}));
  const auto first_again = test.call("ann", retry(of_first, {{"action", "cancel"}}));
  CHECK(test.answers() == std::vector<json>{json::parse(R"({"jsonrpc":"2.0","id":2,"result":{"action":"decline"}})"),
                                            json::parse(R"({"jsonrpc":"2.0","id":1,"result":{"action":"cancel"}})")});
  test.respond(0, "one");
  test.respond(1, "two");
  CHECK(text_of(first_again) == "one");
  CHECK(text_of(second_again) == "two");
  CHECK(test.calls.size() == 2);
}

TEST_CASE("calls at the same time in one session get log messages at the level of each", "[modern][affinity][LOG-02]") {
  Sharing test;
  test.rig.backend().set_capabilities(R"({"tools":{},"logging":{}})");
  const auto at = [&test](const char* level) {
    json params;
    params["_meta"]["io.modelcontextprotocol/logLevel"] = level;
    return test.call("ann", params);
  };
  const auto curious = at("debug");
  const auto busy = at("error");
  const auto silent = test.call("ann");
  REQUIRE(test.calls.size() == 3);
  REQUIRE(test.session_of_call(0) == test.session_of_call(2));
  for (const auto& call : test.calls) {
    for (const char* const level : {"info", "alert"}) {
      call->body(
          "data: " +
          json{{"jsonrpc", "2.0"}, {"method", "notifications/message"}, {"params", {{"level", level}, {"data", level}}}}
              .dump() +
          "\n\n");
    }
  }
  CHECK(events_of(curious->response()).size() == 2);
  CHECK(events_of(busy->response()).size() == 1);
  CHECK(events_of(silent->response()).empty());
}

TEST_CASE("calls of several principals in a session that all share are asked each on their own stream",
          "[modern][affinity][mrtr]") {
  Sharing test(Affinity::shared);
  const auto of_ann = test.call("ann");
  const auto of_bob = test.call("bob");
  REQUIRE(test.session_of_call(0) == test.session_of_call(1));
  test.ask(1, 7);
  const json asked = test.suspended(of_bob);
  CHECK(asked["inputRequests"]["q1"]["params"]["message"] == "7?");
  CHECK_FALSE(of_ann->ended());
  // Nobody but the one who was asked can answer.
  const auto stolen = test.call("ann", retry(asked, {{"action", "accept"}}));
  CHECK(answer_of(stolen->response())["error"]["code"] == -32602);
  CHECK(test.answers().empty());
  const auto again = test.call("bob", retry(asked, {{"action", "decline"}}));
  test.respond(1, "bob's");
  CHECK(text_of(again) == "bob's");
}

TEST_CASE("one stream of GET serves all calls of a session, and is open as long as one of them runs",
          "[modern][affinity][mrtr]") {
  Sharing test;
  std::vector<std::shared_ptr<MemoryExchange>> streams;
  test.rig.backend().on("GET", [&](const auto& exchange) {
    streams.push_back(exchange);
    exchange->head(200, kSse);
  });
  const auto first = test.call("ann");
  const auto second = test.call("ann");
  REQUIRE(streams.size() == 1);
  streams[0]->body(Sharing::elicitation(3));  // whose is it?
  test.rig.executor.run();
  REQUIRE(test.answers().size() == 1);
  CHECK(test.answers()[0]["id"] == 3);
  CHECK(test.answers()[0]["error"]["code"] == -32602);
  streams[0]->body("data: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}\n\n");
  CHECK(test.answers().back() == json::parse(R"({"jsonrpc":"2.0","id":9,"result":{}})"));
  test.respond(0, "one");
  REQUIRE(first->ended());
  CHECK_FALSE(streams[0]->cancelled());
  streams[0]->body(Sharing::elicitation(4));
  const json asked = test.suspended(second);
  CHECK(asked["inputRequests"]["q1"]["params"]["message"] == "4?");
  CHECK_FALSE(streams[0]->cancelled());
  const auto again = test.call("ann", retry(asked, {{"action", "decline"}}));
  CHECK(test.answers().back()["id"] == 4);
  test.respond(1, "two");
  CHECK(text_of(again) == "two");
  CHECK(streams[0]->cancelled());
  test.call("ann");
  CHECK(streams.size() == 2);
}

TEST_CASE("a call whose client is away keeps nobody else in its session from being heard", "[modern][affinity][mrtr]") {
  Sharing test;
  std::shared_ptr<MemoryExchange> stream;
  offer_stream(test.rig.backend(), stream);
  const auto first = test.call("ann");
  REQUIRE(stream);
  stream->body(Sharing::elicitation(3));
  const json asked = test.suspended(first);
  stream->body(Sharing::elicitation(4));  // nobody takes it for now
  stream->body("data: {\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"ping\"}\n\n");
  REQUIRE(test.answers().size() == 1);
  CHECK(test.answers()[0]["id"] == 9);
  test.call("ann");
  stream->body(Sharing::elicitation(5));
  REQUIRE(test.answers().size() == 2);
  CHECK(test.answers()[1]["error"]["code"] == -32602);
  test.respond(1, "two");
  const auto again = test.call("ann", retry(asked, {{"action", "decline"}}));
  CHECK(test.suspended(again)["inputRequests"].size() == 1);
}

TEST_CASE("calls that begin while the stream of GET is being opened wait for it, but not for long",
          "[modern][affinity]") {
  Sharing test;
  std::shared_ptr<MemoryExchange> stream;
  test.rig.backend().on("GET", [&](const auto& exchange) { stream = exchange; });
  test.call("ann");
  test.call("ann");
  REQUIRE(stream);
  CHECK(test.calls.empty());
  SECTION("it is open") { stream->head(200, kSse); }
  SECTION("it is refused") { stream->respond(405, {}, ""); }
  SECTION("the server keeps its head back") {
    test.rig.executor.advance(499ms);
    CHECK(test.calls.empty());
    test.rig.executor.advance(1ms);
  }
  test.rig.executor.run();
  CHECK(test.calls.size() == 2);
  CHECK(test.rig.backend().count("GET") == 1);
}

TEST_CASE("a stream of GET that breaks off, or is not granted yet, is opened again while a call runs",
          "[modern][affinity][mrtr]") {
  Sharing test;
  const int refusal = GENERATE(409, 503, 404);  // 409: the one before is not closed yet
  std::vector<std::shared_ptr<MemoryExchange>> streams;
  test.rig.backend().on("GET", [&](const auto& exchange) {
    streams.push_back(exchange);
    if (streams.size() == 1) {
      exchange->respond(refusal, {}, "");
    } else {
      exchange->head(200, kSse);
    }
  });
  const auto writer = test.call("ann");
  CHECK(test.calls.size() == 1);
  test.rig.executor.advance(1s);
  REQUIRE(streams.size() == 2);
  streams[1]->body("id: e7\ndata: \n\n");
  streams[1]->end();
  test.rig.executor.advance(2s);
  REQUIRE(streams.size() == 3);
  CHECK(streams[2]->request.headers.get("Last-Event-ID") == "e7");
  streams[2]->body(Sharing::elicitation(4));
  const json asked = test.suspended(writer);
  CHECK(asked["inputRequests"]["q1"]["params"]["message"] == "4?");
  test.call("ann", retry(asked, {{"action", "decline"}}));
  test.respond(0, "done");
  test.rig.executor.advance(1min);
  CHECK(streams.size() == 3);
}

TEST_CASE("a client that goes away while the stream of GET is being opened leaves no stream", "[modern][affinity]") {
  Sharing test;
  std::shared_ptr<MemoryExchange> stream;
  test.rig.backend().on("GET", [&](const auto& exchange) { stream = exchange; });
  const auto writer = test.call("ann");
  REQUIRE(stream);
  writer->tell(ResponseWriter::Event::closed);
  test.rig.executor.run();
  CHECK(stream->cancelled());
  CHECK(test.rig.backend().count("GET") == 1);
}

TEST_CASE("a call that finds the session lost hears what the backend asks over the stream of GET of the new one",
          "[modern][affinity][mrtr][recovery][SES-07]") {
  Sharing test;
  const bool grants_lost = GENERATE(true, false);  // a backend may keep, and even open, streams of sessions it forgot
  std::vector<std::shared_ptr<MemoryExchange>> streams;
  test.rig.backend().on("GET", [&](const auto& exchange) {
    if (!grants_lost && !test.rig.backend().knows(exchange->request)) {
      exchange->respond(404, {}, "");
      return;
    }
    streams.push_back(exchange);
    exchange->head(200, kSse);
  });
  test.call("ann");
  test.respond(0, "one");
  test.rig.backend().forget_sessions();
  test.rig.backend().forget_seen();
  streams.clear();
  test.rig.backend().on("tools/call", [&](const auto& exchange) {
    if (test.rig.backend().knows(exchange->request)) {
      test.calls.push_back(exchange);  // and nothing is said on the call's own stream until it is done
    } else {
      exchange->respond(404, {}, "");
    }
  });
  const auto writer = test.call("ann");
  REQUIRE(test.calls.size() == 2);
  REQUIRE(streams.size() == (grants_lost ? 2 : 1));
  CHECK(Sharing::session_of(*streams.back()) == test.session_of_call(1));
  CHECK(streams.front()->cancelled() == grants_lost);
  streams.back()->body(Sharing::elicitation(4));
  const json asked = test.suspended(writer);
  CHECK(asked["resultType"] == "input_required");
  CHECK(asked["inputRequests"]["q1"]["params"]["message"] == "4?");
  test.rig.executor.advance(10s);
  CHECK(test.rig.backend().count("GET") == 2);  // nobody listens in the old one
  const auto again = test.call("ann", retry(asked, {{"action", "decline"}}));
  REQUIRE(test.answers().size() == 1);
  CHECK(test.answers()[0]["id"] == 4);
  const auto is_answer = [](const Seen& seen) { return seen.http_method == "POST"; };
  const auto answered = test.rig.backend().seen("");
  const auto answer = std::find_if(answered.begin(), answered.end(), is_answer);
  CHECK(answer->headers.get("Mcp-Session-Id") == test.session_of_call(1));
  test.calls[1]->head(200, kSse);
  test.respond(1, "two");
  CHECK(text_of(again) == "two");
  CHECK(streams.back()->cancelled());
}

TEST_CASE("a call that finds the session lost is sent once more when the stream of GET of the new one is open",
          "[modern][affinity][recovery]") {
  Sharing test;
  test.call("ann");
  test.respond(0, "one");
  test.rig.backend().forget_sessions();
  std::shared_ptr<MemoryExchange> opening;
  test.rig.backend().on("GET", [&](const auto& exchange) {
    if (test.rig.backend().knows(exchange->request)) {
      opening = exchange;
    } else {
      exchange->head(200, kSse);
    }
  });
  test.call("ann");
  REQUIRE(opening);
  CHECK(test.calls.size() == 1);
  opening->head(200, kSse);
  test.rig.executor.run();
  CHECK(test.calls.size() == 2);
}

TEST_CASE("a stream of GET is closed when another request finds its session lost", "[modern][affinity][recovery]") {
  Sharing test;
  std::vector<std::shared_ptr<MemoryExchange>> streams;
  test.rig.backend().on("GET", [&](const auto& exchange) {
    streams.push_back(exchange);
    exchange->head(200, kSse);
  });
  const auto left = test.call("ann");  // in the session that is lost
  test.rig.backend().forget_sessions();
  const auto call = test.call("ann");
  REQUIRE(streams.size() == 2);
  CHECK(streams[0]->cancelled());
  CHECK(Sharing::session_of(*streams[1]) == test.session_of_call(1));
  streams[1]->body(Sharing::elicitation(4));  // the other call is not there
  CHECK(test.suspended(call)["inputRequests"]["q1"]["params"]["message"] == "4?");
  test.rig.executor.advance(10s);
  CHECK(streams.size() == 2);
  CHECK_FALSE(left->ended());
  test.respond(0, "late");
  CHECK(text_of(left) == "late");
  CHECK_FALSE(streams[1]->cancelled());
}
