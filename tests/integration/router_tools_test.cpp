#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

const std::string kList = R"({"jsonrpc":"2.0","id":7,"method":"tools/list"})";

std::vector<std::string> names_in(const Response& response) {
  std::vector<std::string> names;
  const auto json = nlohmann::json::parse(response.body);
  for (const auto& tool : json.at("result").at("tools")) {
    names.push_back(tool.at("name").get<std::string>());
  }
  return names;
}

using Names = std::vector<std::string>;

void answer_tools(ScriptedBackend& backend, const std::string& result) {
  backend.on("tools/list", [result](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + R"(,"result":)" + result + "}");
  });
}

}  // namespace

TEST_CASE("with one backend names pass as they are", "[tools][names]") {
  Rig rig({"a"});
  rig.backend().set_tools({"echo", "add"});
  const std::string id = rig.open_session();
  CHECK(names_in(rig.post(id, kList)) == Names{"echo", "add"});
  CHECK(rig.post(id, call_body("1", "add")).status == 200);
  CHECK(rig.backend().seen("tools/call")[0].body == call_body("1", "add"));
}

TEST_CASE("with several backends tools are listed in the order of the configuration under prefixed names",
          "[tools][names][LST-02]") {
  Rig rig({"b", "a"});
  rig.backend(0).set_tools({"two", "one"});
  rig.backend(1).set_tools({"two"});
  const std::string id = rig.open_session();
  CHECK(names_in(rig.post(id, kList)) == Names{"b__two", "b__one", "a__two"});
}

TEST_CASE("a call reaches the owner with its own name and every other byte as it came", "[tools][call][TRAP-37]") {
  Rig rig({"a", "b"});
  rig.backend(1).set_tools({"echo"});
  const std::string id = rig.open_session();
  rig.post(id, kList);
  const std::string before = R"( {"params" : {"unknown":[1.0,1e2,12345678901234567890], "name" : )";
  const std::string after =
      R"(, "arguments":{"name":"b__echo","z":0.10,"a":"\u00e9\/"},"_meta":{"k.v/x":null,"progressToken":1}},)"
      R"("extra":true,"id":9007199254740993,"method":"tools/call","jsonrpc":"2.0"} )";
  const Response response = rig.post(id, before + R"("b__echo")" + after);
  CHECK(response.body.find(R"("id":9007199254740993)") != std::string::npos);
  REQUIRE(rig.backend(1).count("tools/call") == 1);
  CHECK(rig.backend(1).seen("tools/call")[0].body == before + R"("echo")" + after);
  CHECK(rig.backend(0).count("tools/call") == 0);
}

TEST_CASE("request ids keep their type and spelling", "[tools][call][GEN-05]") {
  Rig rig({"a", "b"});
  const std::string session = rig.open_session();
  for (const std::string id : {"0", "\"1\"", "1", "9007199254740993", "-7", "\"\"", R"("\u0031x")", "1.0"}) {
    const Response response = rig.post(session, call_body(id, "a__echo"));
    CHECK(response.body.starts_with(R"({"jsonrpc":"2.0","id":)" + id + ","));
  }
}

TEST_CASE("a result and an isError result reach the client as they came", "[tools][call][ERR-08]") {
  Rig rig({"a"});
  const std::string result =
      R"({ "result" : {"content":[],"isError":true,"n":1.50,"_meta":{}}, "id":3 , "jsonrpc":"2.0"})";
  rig.backend().on("tools/call", [&](const auto& exchange) { exchange->json(result); });
  CHECK(rig.post(rig.open_session(), call_body("3", "echo")).body == result);
}

TEST_CASE("an unknown tool is answered -32602", "[tools][call][ERR-08]") {
  Rig rig({"a", "b"});
  const std::string id = rig.open_session();
  const Response response = rig.post(id, call_body("1", "nobody"));
  CHECK(response.status == 200);
  CHECK(reason_of(response) == "unknown_tool");
  CHECK(nlohmann::json::parse(response.body)["error"]["code"] == -32602);
  CHECK(rig.backend(0).count("tools/call") == 0);
}

TEST_CASE("a call without a name is answered -32602", "[tools][call]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  for (const std::string params : {R"({})", R"({"name":7})", R"({"arguments":{"name":"echo"}})"}) {
    const Response response = rig.post(id, R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":)" + params + "}");
    CHECK(reason_of(response) == "invalid_params");
  }
  CHECK(reason_of(rig.post(id, R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})")) == "invalid_params");
}

TEST_CASE("a tool can be called before it was listed", "[tools][call]") {
  Rig rig({"a", "b"});
  const Response response = rig.post(rig.open_session(), call_body("1", "b__echo"));
  CHECK(response.body.find(R"("text":"b")") != std::string::npos);
}

TEST_CASE("names too long or odd for model APIs are cut, hashed and still lead to their tool", "[tools][names]") {
  Rig rig({"a", "b"});
  const std::string long_name(100, 'x');
  rig.backend(0).set_tools({long_name, long_name + "y", "with space", "with/slash"});
  rig.backend(1).set_tools({});
  const std::string id = rig.open_session();
  const Names names = names_in(rig.post(id, kList));
  REQUIRE(names.size() == 4);
  for (const std::string& name : names) {
    CHECK(name.size() <= 64);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
          std::string::npos);
    CHECK(rig.post(id, call_body("1", name)).status == 200);
  }
  CHECK(names[0] != names[1]);
  const auto calls = rig.backend(0).seen("tools/call");
  REQUIRE(calls.size() == 4);
  CHECK(calls[1].body == call_body("1", long_name + "y"));
  CHECK(calls[2].body == call_body("1", "with space"));
}

TEST_CASE("an exposed name is the same in another process", "[tools][names]") {
  Rig one({"a", "b"});
  Rig two({"a", "b"});
  const std::string long_name(100, 'x');
  one.backend(0).set_tools({long_name});
  two.backend(0).set_tools({"other", long_name});
  CHECK(names_in(one.post(one.open_session(), kList))[0] == names_in(two.post(two.open_session(), kList))[1]);
}

TEST_CASE("every page of a list is followed, an empty cursor too, and a repeated cursor ends the walk",
          "[tools][list][PAG-01]") {
  Rig rig({"a"});
  std::vector<std::string> cursors;
  rig.backend().on("tools/list", [&](const auto& exchange) {
    const auto request = nlohmann::json::parse(exchange->request.body);
    const std::string cursor = request.value("/params/cursor"_json_pointer, std::string("none"));
    cursors.push_back(cursor);
    const std::string next = cursor == "none" ? R"("")" : cursor.empty() ? R"("c\u0032")" : R"("c2")";
    exchange->json(R"({"jsonrpc":"2.0","id":)" + request["id"].dump() + R"(,"result":{"tools":[{"name":"after-)" +
                   cursor + R"("}],"nextCursor":)" + next + "}}");
  });
  CHECK(names_in(rig.post(rig.open_session(), kList)) == Names{"after-none", "after-", "after-c2"});
  CHECK(cursors == Names{"none", "", "c2"});
}

TEST_CASE("lists are bounded in pages and entries, and the observer is told", "[tools][list][limits]") {
  RouterOptions options;
  options.limits.max_list_pages = 3;
  options.limits.max_list_items = 5;
  Rig rig({"a"}, options);
  int page = 0;
  rig.backend().on("tools/list", [&](const auto& exchange) {
    ++page;
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + R"(,"result":{"tools":[{"name":"t)" +
                   std::to_string(page) + R"("}],"nextCursor":")" + std::to_string(page) + R"("}})");
  });
  const std::string id = rig.open_session();
  CHECK(names_in(rig.post(id, kList)).size() == 3);
  CHECK(rig.observer.count("list_incomplete tools/list a") == 1);
  rig.backend().set_tools({"1", "2", "3", "4", "5", "6", "7"});
  rig.backend().on("tools/list", nullptr);
  CHECK(names_in(rig.post(id, kList)).size() == 5);
}

TEST_CASE("tools keep their unknown members and the spelling of their numbers", "[tools][list][TRAP-37]") {
  Rig rig({"a", "b"});
  rig.backend(1).set_tools({});
  answer_tools(rig.backend(0),
               R"({"tools":[{"z":1.50,"name":"t\u0031","inputSchema":{"b":1,"a":12345678901234567890}}],"_meta":{}})");
  CHECK(rig.post(rig.open_session(), kList).body ==
        R"({"jsonrpc":"2.0","id":7,"result":{"tools":[{"z":1.50,"name":"a__t1",)"
        R"("inputSchema":{"b":1,"a":12345678901234567890}}]}})");
}

TEST_CASE("a dead backend costs its own tools only, and the observer is told", "[tools][list]") {
  Rig rig({"a", "b"});
  rig.backend(0).go_down();
  const std::string id = rig.open_session();
  CHECK(names_in(rig.post(id, kList)) == Names{"b__echo"});
  CHECK(rig.observer.count("backend_failed a backend_unavailable") == 1);
  CHECK(rig.observer.count("list_incomplete tools/list a") == 1);
  CHECK(rig.post(id, call_body("1", "b__echo")).status == 200);
  rig.backend(0).come_up();
  CHECK(names_in(rig.post(id, kList)) == Names{"a__echo", "b__echo"});
}

TEST_CASE("a backend slower than the soft deadline is left out of this answer only", "[tools][list]") {
  Rig rig({"a", "b"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend(0).on("tools/list", [&](const auto& exchange) { held = exchange; });
  const std::string id = rig.open_session();
  const auto writer = rig.start(post_request(id, kList));
  rig.executor.advance(4'999ms);
  CHECK_FALSE(writer->ended());
  rig.executor.advance(1ms);
  REQUIRE(writer->ended());
  CHECK(names_in(writer->response()) == Names{"b__echo"});
  rig.backend(0).serve_as_usual(held);
  rig.backend(0).on("tools/list", nullptr);
  CHECK(names_in(rig.post(id, kList)) == Names{"a__echo", "b__echo"});
  CHECK(rig.backend(0).count("initialize") == 1);
}

TEST_CASE("backends are asked side by side", "[tools][list]") {
  Rig rig({"a", "b", "c"});
  std::vector<std::shared_ptr<MemoryExchange>> held;
  for (const auto& backend : rig.backends) {
    backend->on("tools/list", [&](const auto& exchange) { held.push_back(exchange); });
  }
  const auto writer = rig.start(post_request(rig.open_session(), kList));
  REQUIRE(held.size() == 3);
  for (std::size_t i = 3; i-- > 0;) {
    rig.backend(i).serve_as_usual(held[i]);
  }
  CHECK(names_in(writer->response()) == Names{"a__echo", "b__echo", "c__echo"});
}

TEST_CASE("a list that no backend answers is an error, not an empty list", "[tools][list]") {
  Rig rig({"a", "b"});
  rig.backend(0).go_down();
  answer_tools(rig.backend(1), R"({"tools":{}})");
  const Response response = rig.post(rig.open_session(), kList);
  CHECK(response.status == 200);
  CHECK(reason_of(response) == "backend_unavailable");
}

TEST_CASE("a backend without the tools capability is not asked for tools", "[tools][list][INIT-06]") {
  Rig rig({"a", "b"});
  rig.backend(0).on("initialize", [](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) +
                   R"(,"result":{"protocolVersion":"2025-11-25","capabilities":{"prompts":{}},)"
                   R"("serverInfo":{"name":"a","version":"1"}}})");
  });
  CHECK(names_in(rig.post(rig.open_session(), kList)) == Names{"b__echo"});
  CHECK(rig.backend(0).count("tools/list") == 0);
}

TEST_CASE("entries that are no tools are left out", "[tools][list]") {
  Rig rig({"a", "b"});
  rig.backend(1).set_tools({});
  answer_tools(rig.backend(0), R"({"tools":[7,{"name":1},{},{"name":"good"},null]})");
  CHECK(names_in(rig.post(rig.open_session(), kList)) == Names{"a__good"});
}

TEST_CASE("a cursor that is not ours is answered -32602", "[tools][list][PAG-02]") {
  Rig rig({"a"});
  const Response response =
      rig.post(rig.open_session(), R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":"made up"}})");
  CHECK(reason_of(response) == "invalid_params");
}

TEST_CASE("a list request with a handshake under way waits for it, recovery included", "[tools][list][SES-07]") {
  Rig rig({"a"});
  const std::string id = rig.open_session();
  rig.post(id, kList);
  rig.backend().forget_sessions();
  CHECK(names_in(rig.post(id, kList)) == Names{"echo"});
  CHECK(rig.backend().count("initialize") == 2);
}
