#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/rig.hpp"

// What the lists of tools, prompts, resources and resource templates have in common. More on tools/list is in
// router_tools_test.cpp.

using namespace mcprouter;
using namespace mcprouter::test;

namespace {

using Keys = std::vector<std::string>;

/// Two keys of an entry that any list can have.
const std::string kOne = "file:///one";
const std::string kTwo = "file:///two";

void declare_everything_everywhere(Rig& rig) {
  for (const auto& backend : rig.backends) {
    declare_everything(*backend);
  }
}

std::string cursor_params(const nlohmann::json& cursor) { return nlohmann::json{{"cursor", cursor}}.dump(); }

/// The cursor to the second page.
std::string next_cursor(Rig& rig, const std::string& session, const std::string& method) {
  return ask(rig, session, method).at("result").at("nextCursor");
}

Keys many(std::size_t count) {
  Keys keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back("x:" + std::to_string(i));
  }
  return keys;
}

/// More than two pages of the default size.
constexpr std::size_t kMany = 2'500;

}  // namespace

TEST_CASE("with one backend every list passes as it is", "[list][names]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a"});
    declare_everything(rig.backend());
    const std::string entries = R"([{"z":1.50,")" + kind.key + R"(":"x:\u0031","b":{"y":12345678901234567890}}])";
    const std::string id = open_known_session(rig);
    answer_with(rig.backend(), kind.method, R"({"_meta":{},")" + kind.member + R"(":)" + entries + "}");
    CHECK(rig.post(id, request_body(kind.method)).body ==
          R"({"jsonrpc":"2.0","id":1,"result":{")" + kind.member + R"(":)" + entries + "}}");
  }
}

TEST_CASE("with several backends every list has each backend's entries in the order of the configuration",
          "[list][names][LST-02][AGG-01]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"b", "a"});
    declare_everything_everywhere(rig);
    set_list(rig.backend(0), kind.method, {"two", "one"});
    set_list(rig.backend(1), kind.method, {"three"});
    const std::string id = open_known_session(rig);
    CHECK(listed(rig, id, kind.method) ==
          (kind.key == "name" ? Keys{"b__two", "b__one", "a__three"} : Keys{"two", "one", "three"}));
  }
}

TEST_CASE("a list is the same to the byte whichever backend answers first, and in every session",
          "[list][LST-01][LST-02]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b", "c"});
    declare_everything_everywhere(rig);
    for (const auto& backend : rig.backends) {
      set_list(*backend, kind.method, {kOne, kTwo});
    }
    const std::string id = open_known_session(rig);
    const std::string before = rig.post(id, request_body(kind.method)).body;
    std::vector<std::shared_ptr<MemoryExchange>> held;
    for (const auto& backend : rig.backends) {
      backend->on(kind.method, [&](const auto& exchange) { held.push_back(exchange); });
    }
    const auto writer = rig.start(post_request(id, request_body(kind.method)));
    REQUIRE(held.size() == 3);
    for (std::size_t i = held.size(); i-- > 0;) {
      set_list(rig.backend(i), kind.method, {kOne, kTwo});
      answer(held[i], list_result(kind.method, {kOne, kTwo}));
    }
    CHECK(writer->response().body == before);
    CHECK(rig.post(rig.open_session(), request_body(kind.method)).body == before);
  }
}

TEST_CASE("only what names an entry changes", "[list][names][TRAP-37]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b"});
    declare_everything_everywhere(rig);
    set_list(rig.backend(0), kind.method, {"x:1"});
    const std::string before = R"({"z":1.50, "title":"x:1",")" + kind.key + R"(": )";
    const std::string after = R"( ,"annotations":{"uri":"x:1","name":"x:1","n":12345678901234567890}})";
    const std::string id = open_known_session(rig);
    answer_with(rig.backend(1), kind.method,
                R"({")" + kind.member + R"(":[)" + before + R"("x:\u0031")" + after + "]}");
    const std::string body = rig.post(id, request_body(kind.method)).body;
    const std::string exposed = listed(rig, id, kind.method).back();
    CHECK(exposed.starts_with(kind.key == "name" ? "b__x_1" : "b+x:1"));
    CHECK(body.find(before + "\"" + exposed + "\"" + after) != std::string::npos);
  }
}

TEST_CASE("a URI that two backends list keeps its first owner, and the other's has the backend's name in front",
          "[list][resources][names]") {
  for (const std::string method : {"resources/list", "resources/templates/list"}) {
    CAPTURE(method);
    Rig rig({"a", "b", "c"});
    declare_everything_everywhere(rig);
    set_list(rig.backend(0), method, {kOne});
    set_list(rig.backend(1), method, {kOne, kTwo});
    set_list(rig.backend(2), method, {kTwo, kOne});
    const std::string id = open_known_session(rig);
    const Keys expected{kOne, "b+" + kOne, kTwo, "c+" + kTwo, "c+" + kOne};
    CHECK(listed(rig, id, method) == expected);
    CHECK(listed(rig, id, method) == expected);
  }
}

TEST_CASE("a URI keeps its owner while that backend is away", "[list][resources][names]") {
  Rig rig({"a", "b"});
  declare_everything_everywhere(rig);
  set_resources(rig.backend(0), {kOne});
  set_resources(rig.backend(1), {kOne});
  const std::string id = open_known_session(rig);
  CHECK(listed(rig, id, "resources/list") == Keys{kOne, "b+" + kOne});
  rig.backend(0).go_down();
  CHECK(listed(rig, id, "resources/list") == Keys{"b+" + kOne});
}

TEST_CASE("no two entries of a list are exposed alike, whatever a backend lists", "[list][resources][hostile]") {
  for (const std::string method : {"resources/list", "resources/templates/list"}) {
    CAPTURE(method);
    Rig rig({"b", "a"});
    declare_everything_everywhere(rig);
    set_list(rig.backend(0), method, {kOne, "a+" + kOne, "b+" + kOne, "b+b+" + kOne, kOne});
    set_list(rig.backend(1), method, {kOne, "b+" + kOne, "a+" + kOne});
    const Keys keys = listed(rig, open_known_session(rig), method);
    const std::set<std::string> different(keys.begin(), keys.end());
    // A backend that lists a URI twice has it twice.
    CHECK(different.size() == 7);
  }
}

TEST_CASE("a dead backend costs its own entries only, and the observer is told", "[list]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b"});
    declare_everything_everywhere(rig);
    set_list(rig.backend(0), kind.method, {"one"});
    set_list(rig.backend(1), kind.method, {"two"});
    const std::string id = open_known_session(rig);
    rig.backend(0).go_down();
    CHECK(listed(rig, id, kind.method).size() == 1);
    CHECK(rig.observer.count("list_incomplete " + kind.method + " a") == 1);
  }
}

TEST_CASE("a list that no backend answers is an error, not an empty list, for every list", "[list]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b"});
    declare_everything_everywhere(rig);
    const std::string id = open_known_session(rig);
    rig.backend(0).go_down();
    answer_with(rig.backend(1), kind.method, R"({")" + kind.member + R"(":{}})");
    CHECK(reason_of(ask(rig, id, kind.method)) == "backend_unavailable");
  }
}

TEST_CASE("a backend is asked only for lists that it declares", "[list][INIT-06]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b"});
    rig.backend(0).set_capabilities(kind.capability == "tools" ? R"({"prompts":{}})" : R"({"tools":{}})");
    declare_everything(rig.backend(1));
    set_list(rig.backend(0), kind.method, {"one"});
    set_list(rig.backend(1), kind.method, {"two"});
    const std::string id = open_known_session(rig);
    CHECK(listed(rig, id, kind.method).size() == 1);
    CHECK(rig.backend(0).count(kind.method) == 0);
  }
}

TEST_CASE("a backend that declares a capability but not the method has an empty list", "[list]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a"});
    declare_everything(rig.backend());
    const std::string id = open_known_session(rig);
    rig.backend().on(kind.method, [](const auto& exchange) {
      exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) +
                     R"(,"error":{"code":-32601,"message":"secret details"}})");
    });
    CHECK(listed(rig, id, kind.method).empty());
  }
}

TEST_CASE("entries without a usable key are left out, and the observer is told", "[list][hostile]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b"});
    declare_everything_everywhere(rig);
    set_list(rig.backend(1), kind.method, {});
    const std::string id = open_known_session(rig);
    const std::string key = "{\"" + kind.key + "\":";
    answer_with(rig.backend(0), kind.method,
                R"({")" + kind.member + R"(":[7,null,[],"x",{},)" + key + "1}," + key + "null}," + key + "{}}," + key +
                    R"(["x"]},)" + key + R"("good"}]})");
    CHECK(listed(rig, id, kind.method).size() == 1);
    CHECK(rig.observer.count("list_incomplete " + kind.method + " a") == 9);
  }
}

TEST_CASE("a page with a million entries is cut, and the observer is told", "[list][hostile][limits]") {
  RouterOptions options;
  options.limits.max_list_items = 50;
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a", "b"}, options);
    declare_everything_everywhere(rig);
    set_list(rig.backend(1), kind.method, {"mine"});
    const std::string id = open_known_session(rig);
    std::string result = R"({")" + kind.member + R"(":[{")" + kind.key + R"(":"x"})";
    for (int i = 1; i < 1'000'000; ++i) {
      result += ",7";
    }
    answer_with(rig.backend(0), kind.method, result + "]}");
    CHECK(listed(rig, id, kind.method).size() == 2);
    CHECK(rig.backend(0).count(kind.method) <= 2);  // one, and the one that made the session known
    CHECK(rig.observer.count("list_incomplete " + kind.method + " a more than 50 entries") == 1);
  }
}

TEST_CASE("an endless list and a cursor that comes again end, and an empty cursor goes on",
          "[list][hostile][limits][PAG-01]") {
  RouterOptions options;
  options.limits.max_list_pages = 5;
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a"}, options);
    declare_everything(rig.backend());
    const std::string id = open_known_session(rig);
    int pages = 0;
    const auto serve_cursor = [&](const std::function<std::string()>& cursor) {
      pages = 0;
      rig.backend().on(kind.method, [&, cursor](const auto& exchange) {
        ++pages;
        exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + R"(,"result":{")" + kind.member +
                       R"(":[{")" + kind.key + R"(":"x:)" + std::to_string(pages) + R"("}],"nextCursor":)" + cursor() +
                       "}}");
      });
    };
    serve_cursor([&pages] { return std::to_string(pages); });  // a number is no cursor
    CHECK(listed(rig, id, kind.method).size() == 1);
    serve_cursor([&pages] { return "\"" + std::to_string(pages) + "\""; });
    CHECK(listed(rig, id, kind.method).size() == 5);
    serve_cursor([] { return std::string(R"("again")"); });
    CHECK(listed(rig, id, kind.method).size() == 2);
    serve_cursor([] { return std::string(R"("")"); });
    CHECK(listed(rig, id, kind.method).size() == 2);
  }
}

TEST_CASE("a long list comes in pages, every entry once and in order", "[list][page][PAG-01]") {
  for (const ListKind& kind : list_kinds()) {
    CAPTURE(kind.method);
    Rig rig({"a"});
    declare_everything(rig.backend());
    set_list(rig.backend(), kind.method, many(kMany));
    const std::string id = open_known_session(rig);
    const auto first = ask(rig, id, kind.method).at("result");
    CHECK(first.at(kind.member).size() == 1'000);
    CHECK(listed(rig, id, kind.method) == many(kMany));
  }
}

TEST_CASE("pages run across backends", "[list][page]") {
  Rig rig({"a", "b"});
  declare_everything_everywhere(rig);
  const Keys all = many(1'500);
  set_resources(rig.backend(0), {all.begin(), all.begin() + 700});
  set_resources(rig.backend(1), {all.begin() + 700, all.end()});
  CHECK(listed(rig, open_known_session(rig), "resources/list") == all);
}

TEST_CASE("a list that fits into a page has no cursor", "[list][page]") {
  Rig rig({"a"});
  rig.backend().set_tools(many(1'000));
  const auto result = ask(rig, rig.open_session(), "tools/list").at("result");
  CHECK(result.at("tools").size() == 1'000);
  CHECK_FALSE(result.contains("nextCursor"));
}

TEST_CASE("a cursor is stable and leads to the same page again", "[list][page][PAG-02]") {
  Rig rig({"a"});
  rig.backend().set_tools(many(kMany));
  const std::string id = rig.open_session();
  const std::string cursor = next_cursor(rig, id, "tools/list");
  CHECK(next_cursor(rig, id, "tools/list") == cursor);
  const auto page = ask(rig, id, "tools/list", cursor_params(cursor));
  CHECK(page.at("result").at("tools").at(0).at("name") == "x:1000");
  CHECK(ask(rig, id, "tools/list", cursor_params(cursor)) == page);
}

TEST_CASE("a cursor past the end of a list that became shorter ends the walk", "[list][page]") {
  Rig rig({"a"});
  rig.backend().set_tools(many(kMany));
  const std::string id = rig.open_session();
  const std::string cursor = next_cursor(rig, id, "tools/list");
  rig.backend().set_tools({"left"});
  const auto result = ask(rig, id, "tools/list", cursor_params(cursor)).at("result");
  CHECK(result.at("tools").empty());
  CHECK_FALSE(result.contains("nextCursor"));
}

TEST_CASE("a cursor says nothing to its reader", "[list][page][PAG-01]") {
  Rig rig({"a"});
  rig.backend().set_tools(many(kMany));
  const std::string id = rig.open_session();
  const std::string cursor = next_cursor(rig, id, "tools/list");
  for (const std::string& told : Keys{"tools", "list", "1000", id}) {
    CHECK(cursor.find(told) == std::string::npos);
  }
}

TEST_CASE("a cursor that is not ours, or was changed, is answered -32602 and no backend is asked",
          "[list][page][hostile][PAG-02]") {
  Rig rig({"a"});
  declare_everything(rig.backend());
  for (const ListKind& kind : list_kinds()) {
    set_list(rig.backend(), kind.method, many(kMany));
  }
  const std::string id = open_known_session(rig);
  const std::string good = next_cursor(rig, id, "tools/list");
  std::vector<nlohmann::json> bad{"", "made up", "1000", good + "A", good.substr(1), std::string(100'000, 'A'),
                                  7,  nullptr,   {},     {{"a", 1}}, {"a"},          true};
  for (std::size_t at = 0; at < good.size(); ++at) {
    // All of them: the last character of base64 has bits that stand for nothing.
    for (const char other : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=")) {
      const bool all = at + 1 == good.size();
      if (other != good[at] && (all || other == 'A' || other == '_')) {
        std::string changed = good;
        changed[at] = other;
        bad.emplace_back(std::move(changed));
      }
    }
  }
  for (const ListKind& kind : list_kinds()) {
    const std::size_t asked = rig.backend().count(kind.method);
    for (const auto& cursor : bad) {
      CAPTURE(kind.method, cursor);
      const auto response = ask(rig, id, kind.method, cursor_params(cursor));
      CHECK(code_of(response) == -32602);
      CHECK(reason_of(response) == "invalid_params");
    }
    CHECK(rig.backend().count(kind.method) == asked);
  }
}

TEST_CASE("a cursor of another list, of another session or of another router is answered -32602",
          "[list][page][PAG-02][PAG-03]") {
  Rig rig({"a"});
  Rig other_rig({"a"});
  for (Rig* one : {&rig, &other_rig}) {
    declare_everything(one->backend());
    for (const ListKind& kind : list_kinds()) {
      set_list(one->backend(), kind.method, many(kMany));
    }
  }
  const std::string id = open_known_session(rig);
  const std::string other_session = open_known_session(rig);
  const std::string elsewhere = open_known_session(other_rig);
  for (const ListKind& kind : list_kinds()) {
    const std::string cursor = next_cursor(rig, id, kind.method);
    for (const ListKind& other : list_kinds()) {
      CAPTURE(kind.method, other.method);
      const bool same = kind.method == other.method;
      CHECK(reason_of(ask(rig, id, other.method, cursor_params(cursor))) == (same ? "" : "invalid_params"));
    }
    CHECK(reason_of(ask(rig, other_session, kind.method, cursor_params(cursor))) == "invalid_params");
    CHECK(reason_of(ask(other_rig, elsewhere, kind.method, cursor_params(cursor))) == "invalid_params");
  }
}

TEST_CASE("a backend's own cursors do not reach the client, nor the client's a backend", "[list][page]") {
  Rig rig({"a"});
  rig.backend().on("tools/list", [](const auto& exchange) {
    const auto request = nlohmann::json::parse(exchange->request.body);
    const bool first = !request.contains("/params/cursor"_json_pointer);
    nlohmann::json result{{"tools", nlohmann::json::array()}};
    for (int i = 0; i < 900; ++i) {
      result["tools"].push_back({{"name", (first ? "first" : "second") + std::to_string(i)}});
    }
    if (first) {
      result["nextCursor"] = "backend-cursor";
    }
    exchange->json(nlohmann::json{{"jsonrpc", "2.0"}, {"id", request["id"]}, {"result", result}}.dump());
  });
  const std::string id = rig.open_session();
  const std::string cursor = next_cursor(rig, id, "tools/list");
  CHECK(cursor.find("backend-cursor") == std::string::npos);
  CHECK(reason_of(ask(rig, id, "tools/list", cursor_params("backend-cursor"))) == "invalid_params");
  CHECK(ask(rig, id, "tools/list", cursor_params(cursor)).at("result").at("tools").size() == 800);
  for (const Seen& seen : rig.backend().seen("tools/list")) {
    CHECK(seen.body.find(cursor) == std::string::npos);
  }
}

TEST_CASE("every served method has its own metric label, and what a client makes up has none", "[list][observer]") {
  Rig rig({"a"});
  declare_everything(rig.backend());
  const std::string id = open_known_session(rig);
  for (const std::string method :
       {"prompts/list", "prompts/get", "resources/list", "resources/templates/list", "resources/read",
        "resources/subscribe", "resources/unsubscribe", "completion/complete", "ping"}) {
    CAPTURE(method);
    ask(rig, id, method);
    CHECK(rig.observer.count("request_done " + method + " ") == 1);
  }
  ask(rig, id, "prompts/made-up");
  CHECK(rig.observer.count("request_done prompts/made-up") == 0);
  CHECK(rig.observer.count("request_done other  method_not_found") == 1);
}
