#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/modern_backend.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const std::string kEverything =
    R"({"tools":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},"logging":{}})";
const json kTools{{"toolsListChanged", true}};

using Exchange = std::shared_ptr<MemoryExchange>;

std::string event(const json& message) { return "data: " + message.dump() + "\n\n"; }
json notification(const std::string& method, json params = json::object()) {
  return {{"jsonrpc", "2.0"}, {"method", method}, {"params", std::move(params)}};
}
const json kToolsChanged = notification("notifications/tools/list_changed");

json updated(const std::string& uri) { return notification("notifications/resources/updated", {{"uri", uri}}); }

/// What a modern backend was asked to tell of.
json wanted(const Exchange& listen) { return json::parse(listen->request.body)["params"]["notifications"]; }
/// The same message on the stream of a listen at a modern backend.
std::string on_listen(const Exchange& listen, json message) {
  message["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"] = json::parse(listen->request.body)["id"];
  return event(message);
}
void acknowledge(const Exchange& listen, const json& granted) {
  listen->body(
      on_listen(listen, notification("notifications/subscriptions/acknowledged", {{"notifications", granted}})));
}
void finish(const Exchange& listen) {
  const json id = json::parse(listen->request.body)["id"];
  listen->body(
      event({{"jsonrpc", "2.0"},
             {"id", id},
             {"result", {{"resultType", "complete"}, {"_meta", {{"io.modelcontextprotocol/subscriptionId", id}}}}}}));
  listen->end();
}

/// A legacy backend "a" and a modern one "m", or one of them, which keep their streams open.
struct ListenRig : Rig {
  explicit ListenRig(const std::string& which = "am", RouterOptions options = {})
      : Rig({"a"}, options, {}, nullptr, kEverything) {
    declare_everything(backend());
    backend().set_capabilities(kEverything);
    set_resources(backend(), {"file:///a"});
    backend().on("GET", [this](const auto& exchange) {
      streams.push_back(exchange);
      exchange->head(200, kSse);
    });
    modern.set_capabilities(kEverything);
    modern.on("resources/list", [](const auto& exchange) {
      answer(exchange, R"({"resultType":"complete","resources":[{"uri":"file:///m","name":"m"}]})");
    });
    modern.on("resources/templates/list",
              [](const auto& exchange) { answer(exchange, R"({"resultType":"complete","resourceTemplates":[]})"); });
    modern.on("subscriptions/listen", [this](const auto& exchange) {
      listens.push_back(exchange);
      exchange->head(200, kSse);
      if (acknowledges) {
        acknowledge(exchange, wanted(exchange));
      }
    });
    std::vector<Backend> all = which.find('a') == std::string::npos ? std::vector<Backend>() : configured();
    if (which.find('m') != std::string::npos) {
      Backend one;
      one.name = "m";
      one.url = modern.url();
      all.push_back(one);
    }
    router->reload(options, all);
  }

  std::shared_ptr<RecordingWriter> listen(const json& notifications, const json& id = "l") {
    return start(modern_request(id, "subscriptions/listen", {{"notifications", notifications}}));
  }

  std::vector<Exchange> streams;  ///< GET streams at "a".
  std::vector<Exchange> listens;  ///< Listens at "m".
  bool acknowledges = true;
  ModernBackend modern{http, "m"};
};

std::vector<json> messages(const std::shared_ptr<RecordingWriter>& writer) {
  std::vector<json> all;
  for (const std::string& text : events_of(writer->response())) {
    all.push_back(json::parse(text));
  }
  return all;
}
std::vector<std::string> methods(const std::shared_ptr<RecordingWriter>& writer) {
  std::vector<std::string> all;
  for (const json& message : messages(writer)) {
    all.push_back(message.value("method", "result"));
  }
  return all;
}
std::size_t count(const std::shared_ptr<RecordingWriter>& writer, const std::string& method) {
  const auto all = methods(writer);
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), method));
}
json granted(const std::shared_ptr<RecordingWriter>& writer) {
  return messages(writer).at(0)["params"]["notifications"];
}

Request get_request(const std::string& session) {
  Request request;
  request.method = "GET";
  request.headers = {{"Host", "localhost"}, {"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}};
  return request;
}

}  // namespace

TEST_CASE("a listen is acknowledged first, even if a backend has news before it is", "[listen][SUB-01][TRAP-15]") {
  ListenRig rig;
  rig.acknowledges = false;
  const auto writer = rig.listen(kTools);
  CHECK(writer->response().headers.get("Content-Type") == "text/event-stream");
  REQUIRE(rig.streams.size() == 1);
  REQUIRE(rig.listens.size() == 1);
  rig.streams[0]->body(event(kToolsChanged));
  CHECK(messages(writer).empty());
  rig.executor.advance(999ms);
  CHECK(messages(writer).empty());
  acknowledge(rig.listens[0], wanted(rig.listens[0]));
  CHECK(methods(writer) ==
        std::vector<std::string>{"notifications/subscriptions/acknowledged", "notifications/tools/list_changed"});
  CHECK(granted(writer) == kTools);
}

TEST_CASE("a listen waits a second for backends that do not acknowledge", "[listen][SUB-01]") {
  ListenRig rig;
  rig.acknowledges = false;
  const auto writer = rig.listen(kTools);
  rig.executor.advance(1s);
  CHECK(methods(writer) == std::vector<std::string>{"notifications/subscriptions/acknowledged"});
  CHECK(granted(writer) == kTools);  // of the other backend
}

TEST_CASE("a listen waits no longer for the lists of unknown resources", "[listen][SUB-01]") {
  ListenRig rig;
  std::vector<Exchange> held;
  for (const char* const list : {"resources/list", "resources/templates/list"}) {
    rig.modern.on(list, [&](const auto& exchange) { held.push_back(exchange); });
  }
  const auto writer = rig.listen({{"toolsListChanged", true}, {"resourceSubscriptions", {"file:///a", "file:///x"}}});
  CHECK_FALSE(held.empty());
  CHECK(messages(writer).empty());
  rig.executor.advance(1s);
  CHECK(granted(writer)["toolsListChanged"] == true);
  CHECK(granted(writer)["resourceSubscriptions"] == json({"file:///a"}));
}

TEST_CASE("every message of a listen has its id, in the type that the client chose", "[listen][SUB-03][TRAP-14]") {
  for (const json& id : {json("7"), json(7)}) {
    ListenRig rig("m");
    const auto writer = rig.listen(kTools, id);
    REQUIRE(rig.listens.size() == 1);
    rig.listens[0]->body(on_listen(rig.listens[0], kToolsChanged));
    rig.executor.advance(50ms);
    CHECK(rig.router->shutdown(1s));
    const auto all = messages(writer);
    REQUIRE(all.size() == 3);
    for (const json& message : all) {
      const json& holder = message.contains("result") ? message["result"] : message["params"];
      CHECK(holder["_meta"]["io.modelcontextprotocol/subscriptionId"] == id);
    }
    CHECK(all[2]["id"] == id);
    CHECK(all[2]["result"]["resultType"] == "complete");
    CHECK(writer->ended());
    CHECK_FALSE(writer->aborted());
    CHECK(rig.listens[0]->cancelled());
  }
}

TEST_CASE("a client hears of what it asked for alone", "[listen][SUB-02][SUB-04][SUB-05]") {
  ListenRig rig;
  const auto writer = rig.listen({{"resourcesListChanged", true}, {"promptsListChanged", true}});
  CHECK(granted(writer) == json{{"resourcesListChanged", true}});  // no backend has prompts
  CHECK(wanted(rig.listens.at(0)) == json{{"resourcesListChanged", true}});
  const json log = notification("notifications/message", {{"level", "info"}, {"data", "x"}});
  rig.streams.at(0)->body(event(kToolsChanged) + event(log) + event(updated("file:///a")));
  rig.listens.at(0)->body(on_listen(rig.listens[0], kToolsChanged) + on_listen(rig.listens[0], log));
  rig.executor.advance(1s);
  CHECK(messages(writer).size() == 1);
  rig.listens[0]->body(on_listen(rig.listens[0], notification("notifications/resources/list_changed")));
  rig.executor.advance(1s);
  CHECK(count(writer, "notifications/resources/list_changed") == 1);
}

TEST_CASE("a change that several backends tell of is told once in a while", "[listen][TRAP-15]") {
  ListenRig rig;
  const auto writer = rig.listen(kTools);
  rig.streams.at(0)->body(event(kToolsChanged) + event(kToolsChanged));
  rig.listens.at(0)->body(on_listen(rig.listens[0], kToolsChanged));
  CHECK(messages(writer).size() == 1);
  rig.executor.advance(49ms);
  CHECK(messages(writer).size() == 1);
  rig.executor.advance(1ms);
  CHECK(count(writer, "notifications/tools/list_changed") == 1);
  rig.streams[0]->body(event(kToolsChanged));
  rig.executor.advance(50ms);
  CHECK(count(writer, "notifications/tools/list_changed") == 2);
}

TEST_CASE("a listen that nobody can serve is acknowledged and ends", "[listen][SUB-02]") {
  ListenRig rig;
  const auto writer = rig.listen({{"promptsListChanged", true}});
  rig.executor.advance(1s);
  CHECK(methods(writer) == std::vector<std::string>{"notifications/subscriptions/acknowledged", "result"});
  CHECK(granted(writer) == json::object());
  CHECK(writer->ended());
  CHECK(rig.store.size() == 0);
}

TEST_CASE("a listen without a filter is refused, and one for tasks without the extension", "[listen][SUB-10]") {
  ListenRig rig;
  for (const json& params :
       {json::object(), json{{"notifications", 1}}, json{{"notifications", {{"toolsListChanged", 1}}}},
        json{{"notifications", {{"resourceSubscriptions", "x"}}}}}) {
    const Response refused = rig.send(modern_request(1, "subscriptions/listen", params));
    CHECK(answer_of(refused)["error"]["code"] == -32602);
  }
  const Response tasks =
      rig.send(modern_request(1, "subscriptions/listen", {{"notifications", {{"taskIds", json::array({"t"})}}}}));
  CHECK(tasks.status == 400);
  CHECK(answer_of(tasks)["error"]["code"] == -32021);
  CHECK(answer_of(tasks)["error"]["data"]["requiredCapabilities"]["extensions"].contains(
      "io.modelcontextprotocol/tasks"));
}

TEST_CASE("a listen of a client that takes no streams is refused", "[listen][SUB-01]") {
  ListenRig rig;
  Request request = modern_request(1, "subscriptions/listen", {{"notifications", kTools}});
  request.headers.set("Accept", "application/json");
  const Response refused = rig.send(std::move(request));
  CHECK(refused.status == 406);
  CHECK(answer_of(refused)["id"] == 1);
  CHECK(reason_of(refused) == "not_acceptable");
}

TEST_CASE("several listens of one client go on side by side, up to max_listens", "[listen][SUB-06][limits]") {
  RouterOptions options;
  options.limits.max_listens = 2;
  ListenRig rig("m", options);
  const auto first = rig.listen(kTools, 1);
  const auto second = rig.listen({{"resourcesListChanged", true}}, 2);
  CHECK(reason_of(rig.send(modern_request(3, "subscriptions/listen", {{"notifications", kTools}}))) ==
        "too_many_streams");
  REQUIRE(rig.listens.size() == 2);
  rig.listens[0]->body(on_listen(rig.listens[0], kToolsChanged));
  rig.executor.advance(50ms);
  CHECK(messages(first).size() == 2);
  CHECK(messages(second).size() == 1);
  first->tell(ResponseWriter::Event::closed);
  CHECK(rig.listens[0]->cancelled());
  CHECK_FALSE(rig.listens[1]->cancelled());
  rig.listen(kTools, 3);
  CHECK(rig.listens.size() == 3);
}

TEST_CASE("one client cannot take all listens", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_listens = 18;
  ListenRig rig("m", options);
  const auto listen = [&](int id, const std::string& peer) {
    Request request = modern_request(id, "subscriptions/listen", {{"notifications", kTools}});
    request.peer = peer;
    return rig.start(std::move(request));
  };
  const auto first = listen(1, "192.0.2.1");
  for (int id = 2; id <= 16; ++id) {
    CHECK_FALSE(listen(id, "192.0.2.1")->ended());
  }
  CHECK(reason_of(listen(17, "192.0.2.1")->response()) == "too_many_streams");
  CHECK_FALSE(listen(18, "192.0.2.2")->ended());
  first->tell(ResponseWriter::Event::closed);
  CHECK_FALSE(listen(19, "192.0.2.1")->ended());
}

TEST_CASE("nothing is left upstream of a client that goes", "[listen][CAN-01]") {
  ListenRig rig;
  const auto writer = rig.listen({{"toolsListChanged", true}, {"resourceSubscriptions", {"file:///a", "file:///m"}}});
  CHECK(rig.store.size() > 0);
  writer->tell(ResponseWriter::Event::closed);
  rig.executor.run();
  CHECK(rig.streams.at(0)->cancelled());
  CHECK(rig.listens.at(0)->cancelled());
  rig.executor.advance(1h);
  CHECK(rig.store.size() == 0);
  CHECK(rig.backend().live_sessions() == 0);
  CHECK(rig.listens.size() == 1);
}

TEST_CASE("resources are listened for at their owners, under the URIs that the client knows", "[listen][TRAP-16]") {
  ListenRig rig;
  set_resources(rig.backend(), {"file:///a", "file:///m"});
  rig.router->reload({}, [&] {
    Backend one;
    one.name = "m";
    one.url = rig.modern.url();
    return std::vector<Backend>{one, rig.configured()[0]};
  }());
  const auto writer =
      rig.listen({{"resourceSubscriptions", {"file:///a", "file:///m", "a+file:///m", "file:///nobody's"}}});
  CHECK(granted(writer)["resourceSubscriptions"].size() == 3);
  CHECK(wanted(rig.listens.at(0)) == json{{"resourceSubscriptions", {"file:///m"}}});
  CHECK(rig.backend().count("resources/subscribe") == 2);
  rig.listens[0]->body(on_listen(rig.listens[0], updated("file:///m/part")));
  rig.streams.at(0)->body(event(updated("file:///m/part")));
  const auto all = messages(writer);
  REQUIRE(all.size() == 3);
  CHECK(all[1]["params"]["uri"] == "file:///m/part");
  CHECK(all[2]["params"]["uri"] == "a+file:///m/part");
}

TEST_CASE("resources that a backend does not agree to are not acknowledged", "[listen][SUB-02]") {
  ListenRig rig("a");
  rig.backend().on("resources/subscribe", [](const auto& exchange) {
    exchange->json(fmt::format(R"({{"jsonrpc":"2.0","id":{},"error":{{"code":-32602,"message":"no"}}}})",
                               id_of(exchange->request.body)));
  });
  const auto writer = rig.listen({{"toolsListChanged", true}, {"resourceSubscriptions", {"file:///a"}}});
  CHECK(granted(writer) == kTools);
}

TEST_CASE("a listen at a backend that breaks off is opened again, and what it may have missed is told",
          "[listen][SUB-09]") {
  ListenRig rig("m");
  const auto writer = rig.listen(kTools);
  rig.listens.at(0)->fail(HttpFailure::broken);
  rig.executor.advance(999ms);
  CHECK(rig.listens.size() == 1);
  rig.executor.advance(1ms);
  REQUIRE(rig.listens.size() == 2);
  rig.executor.advance(50ms);
  CHECK(count(writer, "notifications/tools/list_changed") == 1);
  // A backend that restarts says so, and is there again soon.
  finish(rig.listens[1]);
  rig.executor.advance(1s);
  CHECK(rig.listens.size() == 3);
}

TEST_CASE("what a backend in another session may have missed is told of what was acknowledged",
          "[listen][SUB-02][recovery]") {
  ListenRig rig("a");
  const auto writer =
      rig.listen({{"toolsListChanged", true}, {"promptsListChanged", true}, {"resourceSubscriptions", {"file:///a"}}});
  CHECK(granted(writer) == json{{"toolsListChanged", true}, {"resourceSubscriptions", {"file:///a"}}});
  rig.backend().on("GET", [&](const auto& exchange) {
    rig.streams.push_back(exchange);
    rig.backend().knows(exchange->request) ? exchange->head(200, kSse) : exchange->respond(404, {}, "");
  });
  rig.backend().forget_sessions();
  rig.streams.at(0)->end();
  rig.executor.advance(2s);
  rig.executor.advance(2s);
  CHECK(rig.backend().count("initialize") == 2);
  rig.executor.advance(50ms);
  CHECK(count(writer, "notifications/tools/list_changed") == 1);
  CHECK(count(writer, "notifications/prompts/list_changed") == 0);
  CHECK(rig.backend().count("resources/subscribe") == 2);
  rig.streams.back()->body(event(updated("file:///a")));
  CHECK(count(writer, "notifications/resources/updated") == 1);
}

TEST_CASE("a backend that tells of nothing is not asked again", "[listen]") {
  ListenRig rig;
  rig.modern.on("subscriptions/listen", [&](const auto& exchange) {
    rig.listens.push_back(exchange);
    exchange->head(200, kSse);
    acknowledge(exchange, json::object());
    finish(exchange);
  });
  const auto writer = rig.listen(kTools);
  rig.executor.advance(1h);
  CHECK(rig.listens.size() == 1);
  CHECK(granted(writer) == kTools);
  CHECK_FALSE(writer->ended());
}

TEST_CASE("a list that has changed is not served from the cache after the client was told", "[listen][TRAP-17]") {
  ListenRig rig("m");
  rig.modern.set_caching(R"("ttlMs":60000,"cacheScope":"public")");
  rig.send(modern_request(1, "tools/list"));
  rig.send(modern_request(1, "tools/list"));
  CHECK(rig.modern.count("tools/list") == 1);
  rig.listen(kTools);
  rig.listens.at(0)->body(on_listen(rig.listens[0], kToolsChanged));
  rig.send(modern_request(1, "tools/list"));
  CHECK(rig.modern.count("tools/list") == 2);
}

TEST_CASE("comments keep a quiet listen open", "[listen]") {
  ListenRig rig("m");
  const auto writer = rig.listen(kTools);
  rig.executor.advance(70s);
  CHECK(writer->response().body.find("\n\n:\n\n") != std::string::npos);
}

TEST_CASE("a client that does not read is cut when too much waits for it", "[listen][limits]") {
  RouterOptions options;
  options.limits.max_stream_queue = 1'000;
  ListenRig rig("m", options);
  const auto writer = rig.listen({{"resourceSubscriptions", {"file:///m"}}});
  writer->be_slow();
  for (int i = 0; i < 100; ++i) {
    rig.listens.at(0)->body(on_listen(rig.listens[0], updated(fmt::format("file:///m/{}", i))));
  }
  CHECK_FALSE(writer->ended());
  writer->tell(ResponseWriter::Event::writable);
  CHECK(writer->aborted());
  CHECK(rig.listens[0]->cancelled());
}

TEST_CASE("GET is fed by a listen at a modern backend", "[listen][eras]") {
  ListenRig rig;
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  REQUIRE(rig.listens.size() == 1);
  CHECK(rig.modern.count("GET") == 0);
  CHECK(wanted(rig.listens[0]) == json{{"toolsListChanged", true}, {"resourcesListChanged", true}});
  rig.listens[0]->body(on_listen(rig.listens[0], kToolsChanged));
  CHECK(messages(writer) == std::vector<json>{{{"jsonrpc", "2.0"}, {"method", "notifications/tools/list_changed"}}});
  writer->tell(ResponseWriter::Event::closed);
  rig.executor.advance(5s);
  CHECK(rig.listens[0]->cancelled());
}

TEST_CASE("a subscription at a modern backend replaces the listen, the new one first", "[listen][eras]") {
  ListenRig rig;
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  rig.acknowledges = false;
  const auto subscribing =
      rig.start(post_request(session, request_body("resources/subscribe", R"({"uri":"file:///m"})")));
  REQUIRE(rig.listens.size() == 2);
  CHECK(wanted(rig.listens[1])["resourceSubscriptions"] == json{"file:///m"});
  CHECK_FALSE(rig.listens[0]->cancelled());
  CHECK_FALSE(subscribing->ended());
  rig.listens[0]->body(on_listen(rig.listens[0], kToolsChanged));
  CHECK(messages(writer).size() == 1);
  acknowledge(rig.listens[1], wanted(rig.listens[1]));
  CHECK(json::parse(subscribing->response().body)["result"] == json::object());
  CHECK(rig.listens[0]->cancelled());
  rig.listens[1]->body(on_listen(rig.listens[1], updated("file:///m")));
  CHECK(messages(writer).back() == updated("file:///m"));
  CHECK(rig.modern.count("resources/subscribe") == 0);

  rig.acknowledges = true;
  CHECK(ask(rig, session, "resources/unsubscribe", R"({"uri":"file:///m"})")["result"] == json::object());
  REQUIRE(rig.listens.size() == 3);
  CHECK_FALSE(wanted(rig.listens[2]).contains("resourceSubscriptions"));
  CHECK(rig.listens[1]->cancelled());
}

TEST_CASE("a subscription that a modern backend does not acknowledge is refused", "[listen][eras]") {
  ListenRig rig;
  const std::string session = rig.open_session();
  const auto writer = rig.start(get_request(session));
  rig.modern.on("subscriptions/listen", [&](const auto& exchange) {
    rig.listens.push_back(exchange);
    exchange->head(200, kSse);
    acknowledge(exchange, kTools);
  });
  CHECK(code_of(ask(rig, session, "resources/subscribe", R"({"uri":"file:///m"})")) == -32602);
  CHECK(rig.store.find(session, rig.executor.now())->subscriptions.empty());
}

TEST_CASE("a subscription made before anyone listens is part of the listen that comes", "[listen][eras]") {
  ListenRig rig;
  const std::string session = rig.open_session();
  CHECK(ask(rig, session, "resources/subscribe", R"({"uri":"file:///m"})")["result"] == json::object());
  CHECK(rig.listens.empty());
  const auto writer = rig.start(get_request(session));
  CHECK(wanted(rig.listens.at(0))["resourceSubscriptions"] == json{"file:///m"});
}

TEST_CASE("logging/setLevel holds for modern backends alone", "[listen][eras][log]") {
  ListenRig rig("m");
  const std::string session = rig.open_session();
  CHECK(ask(rig, session, "logging/setLevel", R"({"level":"info"})")["result"] == json::object());
  rig.post(session, call_body("1", "echo"));
  const json call = json::parse(rig.modern.seen("tools/call").at(0).body);
  CHECK(call["params"]["_meta"]["io.modelcontextprotocol/logLevel"] == "info");
}
