#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
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

const std::string kTasks = R"({"tools":{},"tasks":{"list":{},"cancel":{},"requests":{"tools":{"call":{}}}}})";
constexpr const char* kRelated = "io.modelcontextprotocol/related-task";

void answer(const ScriptedBackend::Exchange& exchange, const std::string& member, const json& value) {
  exchange->json(json{{"jsonrpc", "2.0"}, {"id", json::parse(id_of(exchange->request.body))}, {member, value}}.dump());
}

json params_of(const ScriptedBackend::Exchange& exchange) {
  return json::parse(exchange->request.body).value("params", json::object());
}

/// Backends of 2025-11-25 that make a task of every call, and call their tasks t1, t2 and so on, each from the
/// beginning. They list one task a page.
struct Offices {
  explicit Offices(RouterOptions options = {}, const std::vector<std::string>& names = {"a", "b"})
      : rig(names, std::move(options), {}, &authenticator, kTasks) {
    for (auto& backend : rig.backends) {
      serve_tasks(*backend);
    }
    ann = open_session("ann");
  }

  std::string open_session(const std::string& user) {
    const Response response = rig.send(as_user(post_request({}, initialize_body()), user));
    return std::string(response.headers.get("Mcp-Session-Id"));
  }
  json ask(const std::string& session, const std::string& method, const json& params = json::object(),
           const std::string& user = "ann") {
    const json request{{"jsonrpc", "2.0"}, {"id", 1}, {"method", method}, {"params", params}};
    return json::parse(rig.send(as_user(post_request(session, request.dump()), user)).body);
  }
  /// Has a backend make a task, and returns its id as the client gets it.
  std::string make_task(const std::string& backend) {
    return ask(ann, "tools/call",
               {{"name", backend + "__echo"}, {"task", {{"ttl", 60'000}}}})["result"]["task"]["taskId"];
  }
  /// What the backend was last asked.
  [[nodiscard]] json asked(std::size_t backend, const std::string& method) {
    return json::parse(rig.backend(backend).seen(method).back().body)["params"];
  }

  TrustingAuthenticator authenticator;
  Rig rig;
  std::map<std::string, std::vector<json>> tasks;  ///< Of each backend.
  std::string ann;                                 ///< A session of hers.

 private:
  void serve_tasks(ScriptedBackend& backend) {
    std::vector<json>& mine = tasks[backend.name()];
    backend.on("tools/call", [&mine](const auto& exchange) {
      mine.push_back({{"taskId", "t" + std::to_string(mine.size() + 1)}, {"status", "working"}, {"ttl", 60'000}});
      answer(exchange, "result", {{"task", mine.back()}});
    });
    backend.on("tasks/list", [&mine](const auto& exchange) {
      const std::size_t at = std::stoul(params_of(exchange).value("cursor", "0"));
      json page{{"tasks", json::array()}};
      if (at < mine.size()) {
        page["tasks"].push_back(mine[at]);
      }
      if (at + 1 < mine.size()) {
        page["nextCursor"] = std::to_string(at + 1);
      }
      answer(exchange, "result", page);
    });
    for (const std::string method : {"tasks/get", "tasks/cancel", "tasks/result"}) {
      backend.on(method, [&mine, method, name = backend.name()](const auto& exchange) {
        const std::string id = params_of(exchange)["taskId"];
        for (json& task : mine) {
          if (task["taskId"] == id && method == "tasks/result") {
            answer(exchange, "result",
                   {{"content", {fmt::format("{} {}", name, id)}}, {"_meta", {{kRelated, {{"taskId", id}}}}}});
            return;
          }
          if (task["taskId"] == id) {
            task["status"] = method == "tasks/cancel" ? "cancelled" : "working";
            answer(exchange, "result", task);
            return;
          }
        }
        answer(exchange, "error", {{"code", -32602}, {"message", "no such task"}});
      });
    }
  }
};

std::vector<std::string> ids_of(json list) {
  std::vector<std::string> ids;
  for (const json& task : list["result"]["tasks"]) {
    ids.push_back(task["taskId"]);
  }
  return ids;
}

}  // namespace

TEST_CASE("two backends may give their tasks the same id", "[tasks][TSL-06]") {
  Offices offices;
  const std::string of_a = offices.make_task("a");
  const std::string of_b = offices.make_task("b");
  CHECK(of_a != of_b);

  const json got = offices.ask(offices.ann, "tasks/get", {{"taskId", of_b}})["result"];
  CHECK(got == json{{"taskId", of_b}, {"status", "working"}, {"ttl", 60'000}});
  const json result = offices.ask(offices.ann, "tasks/result", {{"taskId", of_b}})["result"];
  CHECK(result == json{{"content", {"b t1"}}, {"_meta", {{kRelated, {{"taskId", of_b}}}}}});
  const json cancelled = offices.ask(offices.ann, "tasks/cancel", {{"taskId", of_b}})["result"];
  CHECK(cancelled == json{{"taskId", of_b}, {"status", "cancelled"}, {"ttl", 60'000}});
  for (const std::string method : {"tasks/get", "tasks/result", "tasks/cancel"}) {
    CHECK(offices.asked(1, method) == json{{"taskId", "t1"}});
    CHECK(offices.rig.backend(0).count(method) == 0);
  }
  CHECK(offices.tasks["a"][0]["status"] == "working");
  CHECK(offices.ask(offices.ann, "tasks/result", {{"taskId", of_a}})["result"]["content"] == json{"a t1"});
}

TEST_CASE("a backend's own refusal of a task passes", "[tasks][TSL-05]") {
  Offices offices;
  const std::string id = offices.make_task("b");
  offices.tasks["b"].clear();
  json refused = offices.ask(offices.ann, "tasks/cancel", {{"taskId", id}});
  CHECK(refused["error"] == json{{"code", -32602}, {"message", "no such task"}});
}

TEST_CASE("tasks/list has the tasks of every backend, all pages, under the ids that their calls gave",
          "[tasks][list][TSL-06]") {
  Offices offices({}, {"a", "none", "b"});
  offices.rig.backend(1).set_capabilities(R"({"tools":{}})");
  const std::string b1 = offices.make_task("b");
  const std::string a1 = offices.make_task("a");
  const std::string a2 = offices.make_task("a");
  json list = offices.ask(offices.ann, "tasks/list");
  CHECK(ids_of(list) == std::vector<std::string>{a1, a2, b1});
  CHECK(list["result"]["tasks"][0] == json{{"taskId", a1}, {"status", "working"}, {"ttl", 60'000}});
  CHECK_FALSE(list["result"].contains("nextCursor"));
  CHECK(offices.rig.backend(0).count("tasks/list") == 2);
  CHECK(offices.rig.backend(1).count("tasks/list") == 0);
}

TEST_CASE("a long list of tasks comes in pages, by cursors that are good for their session alone",
          "[tasks][list][page][PAG-02]") {
  RouterOptions options;
  options.limits.max_page = 2;
  Offices offices(options);
  std::vector<std::string> made;
  for (const std::string backend : {"a", "a", "a", "b", "b"}) {
    made.push_back(offices.make_task(backend));
  }
  std::vector<std::string> listed;
  json params = json::object();
  for (int page = 1; page <= 3; ++page) {
    json list = offices.ask(offices.ann, "tasks/list", params);
    const std::vector<std::string> ids = ids_of(list);
    CHECK(ids.size() == (page < 3 ? 2 : 1));
    listed.insert(listed.end(), ids.begin(), ids.end());
    REQUIRE(list["result"].contains("nextCursor") == (page < 3));
    params["cursor"] = list["result"].value("nextCursor", "");
  }
  CHECK(listed == made);

  params["cursor"] = offices.ask(offices.ann, "tasks/list")["result"]["nextCursor"];
  const std::size_t before = offices.rig.backend(0).count("tasks/list");
  CHECK(offices.ask(offices.ann, "tools/list", params)["error"]["code"] == -32602);
  CHECK(offices.ask(offices.open_session("ann"), "tasks/list", params)["error"]["code"] == -32602);
  CHECK(offices.ask(offices.open_session("bob"), "tasks/list", params, "bob")["error"]["code"] == -32602);
  CHECK(offices.ask(offices.ann, "tasks/list", {{"cursor", "1"}})["error"]["code"] == -32602);  // a backend's own
  CHECK(offices.rig.backend(0).count("tasks/list") == before);
}

TEST_CASE("a dead backend costs its own tasks only, and no backend at all is an error", "[tasks][list]") {
  RouterOptions options;
  options.timeouts.connect = 1s;
  Offices offices(options);
  offices.make_task("a");
  const std::string of_b = offices.make_task("b");
  offices.rig.backend(0).on("tasks/list", [](const auto& exchange) { exchange->fail(HttpFailure::broken); });
  offices.rig.observer.clear();
  CHECK(ids_of(offices.ask(offices.ann, "tasks/list")) == std::vector<std::string>{of_b});
  CHECK(offices.rig.observer.count("backend_failed a outcome_unknown") == 1);
  offices.rig.backend(1).on("tasks/list", [](const auto& exchange) { exchange->fail(HttpFailure::broken); });
  CHECK(offices.ask(offices.ann, "tasks/list")["error"]["data"]["reason"] == "backend_unavailable");
}

TEST_CASE("a task is unknown to everybody but the principal that made it", "[tasks][TSL-06]") {
  Offices offices;
  const std::string id = offices.make_task("b");
  const std::string bob = offices.open_session("bob");
  json unknown = offices.ask(bob, "tasks/get", {{"taskId", "t1"}}, "bob");
  CHECK(unknown["error"]["code"] == -32602);
  CHECK(unknown["error"]["data"]["reason"] == "unknown_task");
  for (const std::string method : {"tasks/get", "tasks/result", "tasks/cancel"}) {
    CHECK(offices.ask(bob, method, {{"taskId", id}}, "bob") == unknown);
    CHECK(offices.rig.backend(1).count(method) == 0);
  }
  // Another session of hers is hers.
  const std::string another = offices.open_session("ann");
  CHECK(offices.ask(another, "tasks/get", {{"taskId", id}})["result"]["taskId"] == id);
}

TEST_CASE("tasks are listed in the client's own upstream sessions", "[tasks][list][TSL-06]") {
  Offices offices;
  offices.make_task("b");
  const std::string bob = offices.open_session("bob");
  offices.ask(offices.ann, "tasks/list");
  offices.ask(bob, "tasks/list", json::object(), "bob");
  const std::vector<Seen> seen = offices.rig.backend(1).seen("tasks/list");
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].headers.get("Mcp-Session-Id") == "b-session-1");
  CHECK(seen[1].headers.get("Mcp-Session-Id") == "b-session-2");
}

TEST_CASE("a client of an older revision has no tasks", "[tasks]") {
  Offices offices;
  const std::string id = offices.make_task("b");
  const Response opened = offices.rig.send(as_user(post_request({}, initialize_body("2025-06-18")), "ann"));
  const std::string older(opened.headers.get("Mcp-Session-Id"));
  for (const std::string method : {"tasks/get", "tasks/result", "tasks/cancel", "tasks/list"}) {
    CHECK(offices.ask(older, method, {{"taskId", id}})["error"]["code"] == -32601);
    CHECK(offices.rig.backend(1).count(method) == 0);
  }
}

TEST_CASE("a task of a backend that a reload removed is unknown", "[tasks][reload]") {
  Offices offices;
  const std::string id = offices.make_task("b");
  offices.rig.router->reload({}, {offices.rig.configured()[0]});
  json refused = offices.ask(offices.ann, "tasks/get", {{"taskId", id}});
  CHECK(refused["error"]["data"]["reason"] == "unknown_task");
}

TEST_CASE("who no longer waits for a task's result does not cancel the task", "[tasks][cancel][CAN-03]") {
  Offices offices;
  const std::string id = offices.make_task("b");
  std::shared_ptr<MemoryExchange> held;
  offices.rig.backend(1).on("tasks/result", [&held](const auto& exchange) { held = exchange; });
  const json wait{{"jsonrpc", "2.0"}, {"id", "w"}, {"method", "tasks/result"}, {"params", {{"taskId", id}}}};
  const auto writer = offices.rig.start(as_user(post_request(offices.ann, wait.dump()), "ann"));
  const json cancel{{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", "w"}}}};
  CHECK(offices.rig.send(as_user(post_request(offices.ann, cancel.dump()), "ann")).status == 202);
  CHECK(writer->ended());
  CHECK(held->cancelled());
  CHECK(offices.asked(1, "notifications/cancelled") == json{{"requestId", "w"}});
  CHECK(offices.rig.backend(0).count("notifications/cancelled") == 0);
  CHECK(offices.rig.backend(1).count("tasks/cancel") == 0);
}

TEST_CASE("what a backend says of a task for no request names it as the client knows it", "[tasks][listen][TSL-06]") {
  Offices offices({}, {"a", "none", "b"});
  offices.rig.backend(1).set_capabilities(R"({"tools":{}})");
  std::vector<std::shared_ptr<MemoryExchange>> streams;
  for (auto& backend : offices.rig.backends) {
    backend->on("GET", [&streams](const auto& exchange) {
      streams.push_back(exchange);
      exchange->head(200, kSse);
    });
  }
  Request get = as_user(delete_request(offices.ann), "ann");
  get.method = "GET";
  get.headers.set("Accept", "text/event-stream");
  const auto listener = offices.rig.start(get);
  const std::string of_a = offices.make_task("a");
  const std::string of_b = offices.make_task("b");
  REQUIRE(streams.size() == 3);
  const json status{{"jsonrpc", "2.0"},
                    {"method", "notifications/tasks/status"},
                    {"params", {{"taskId", "t1"}, {"status", "completed"}}}};
  for (const auto& stream : streams) {
    stream->body("data: " + status.dump() + "\n\n");
  }
  std::vector<json> told;
  for (const std::string& event : events_of(listener->response())) {
    told.push_back(json::parse(event)["params"]);
  }
  const auto completed = [](const std::string& id) { return json{{"taskId", id}, {"status", "completed"}}; };
  // Without tasks that is no task's id.
  CHECK(told == std::vector<json>{completed(of_a), completed("t1"), completed(of_b)});
}

TEST_CASE("a call that is to be a task and is cancelled is cancelled as a task", "[tasks][cancel][CAN-04]") {
  Offices offices;
  std::shared_ptr<MemoryExchange> making;
  offices.rig.backend(1).on("tools/call", [&making](const auto& exchange) { making = exchange; });
  const json call{{"jsonrpc", "2.0"},
                  {"id", "c"},
                  {"method", "tools/call"},
                  {"params", {{"name", "b__echo"}, {"task", {{"ttl", 60'000}}}}}};
  const auto writer = offices.rig.start(as_user(post_request(offices.ann, call.dump()), "ann"));
  REQUIRE(making);
  const json cancel{{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", "c"}}}};
  CHECK(offices.rig.send(as_user(post_request(offices.ann, cancel.dump()), "ann")).status == 202);
  SECTION("the backend makes the task") {
    answer(making, "result", {{"task", {{"taskId", "t7"}, {"status", "working"}}}});
    REQUIRE(offices.rig.backend(1).count("tasks/cancel") == 1);
    CHECK(offices.asked(1, "tasks/cancel") == json{{"taskId", "t7"}});
  }
  SECTION("the backend refuses to") {
    answer(making, "error", {{"code", -32601}, {"message", "no tasks here"}});
    CHECK(offices.rig.backend(1).count("tasks/cancel") == 0);
  }
  SECTION("the backend goes away") {
    making->fail(HttpFailure::broken);
    CHECK(offices.rig.backend(1).count("tasks/cancel") == 0);
  }
  CHECK(writer->ends() == 1);
  CHECK(writer->response().body.find("jsonrpc") == std::string::npos);
  CHECK(offices.rig.backend(1).count("notifications/cancelled") == 0);
  CHECK(offices.rig.backend(0).count("tasks/cancel") == 0);
}

TEST_CASE("a call that asks a backend without tasks for one is cancelled as any other", "[tasks][cancel][CAN-04]") {
  Offices offices({}, {"a"});
  offices.rig.backend().set_capabilities(R"({"tools":{}})");
  std::shared_ptr<MemoryExchange> running;
  offices.rig.backend().on("tools/call", [&running](const auto& exchange) { running = exchange; });
  const json call{{"jsonrpc", "2.0"},
                  {"id", "c"},
                  {"method", "tools/call"},
                  {"params", {{"name", "echo"}, {"task", json::object()}}}};
  const auto writer = offices.rig.start(as_user(post_request(offices.ann, call.dump()), "ann"));
  const json cancel{{"jsonrpc", "2.0"}, {"method", "notifications/cancelled"}, {"params", {{"requestId", "c"}}}};
  offices.rig.send(as_user(post_request(offices.ann, cancel.dump()), "ann"));
  CHECK(offices.rig.backend().count("notifications/cancelled") == 1);
  CHECK(running->cancelled());
  CHECK(writer->ends() == 1);
}

TEST_CASE("the progress token of a call that is a task is good until the task is over", "[tasks][progress][PRG-03]") {
  Offices offices;
  std::shared_ptr<MemoryExchange> stream;
  offices.rig.backend(1).on("GET", [&stream](const auto& exchange) {
    stream = exchange;
    exchange->head(200, kSse);
  });
  std::shared_ptr<MemoryExchange> held;
  offices.rig.backend(1).on("tasks/result", [&held](const auto& exchange) {
    held = exchange;
    held->head(200, kSse);
  });
  const json call{{"name", "b__echo"}, {"task", json::object()}, {"_meta", {{"progressToken", 7}}}};
  const auto progress = [](int so_far) {
    return json{{"jsonrpc", "2.0"},
                {"method", "notifications/progress"},
                {"params", {{"progressToken", 7}, {"progress", so_far}}}}
        .dump();
  };
  const auto say = [&progress](MemoryExchange& where, int so_far) { where.body("data: " + progress(so_far) + "\n\n"); };
  SECTION("on the stream of the request for its result") {
    const std::string id = offices.ask(offices.ann, "tools/call", call)["result"]["task"]["taskId"];
    const json wait{{"jsonrpc", "2.0"}, {"id", "w"}, {"method", "tasks/result"}, {"params", {{"taskId", id}}}};
    const auto writer = offices.rig.start(as_user(post_request(offices.ann, wait.dump()), "ann"));
    say(*held, 2);
    say(*held, 2);
    CHECK(events_of(writer->response()) == std::vector<std::string>{progress(2)});
  }
  SECTION("on the stream of GET, until its status says that it is over") {
    Request get = as_user(delete_request(offices.ann), "ann");
    get.method = "GET";
    get.headers.set("Accept", "text/event-stream");
    const auto listener = offices.rig.start(get);
    offices.ask(offices.ann, "tools/call", call);
    REQUIRE(stream);
    say(*stream, 2);
    say(*stream, 1);  // no more than before (PRG-02)
    CHECK(events_of(listener->response()) == std::vector<std::string>{progress(2)});
    const json status{{"jsonrpc", "2.0"},
                      {"method", "notifications/tasks/status"},
                      {"params", {{"taskId", "t1"}, {"status", "completed"}}}};
    stream->body("data: " + status.dump() + "\n\n");
    CHECK(events_of(listener->response()).size() == 2);
    say(*stream, 3);
    CHECK(events_of(listener->response()).size() == 2);
  }
}
