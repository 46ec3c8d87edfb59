#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;

namespace {

/// Backends that declare everything and have nothing yet.
class ResourceRig : public Rig {
 public:
  explicit ResourceRig(const std::vector<std::string>& names) : Rig(names) {
    for (const auto& backend : backends) {
      declare_everything(*backend);
    }
    session = open_known_session(*this);
  }

  nlohmann::json send_uri(const std::string& method, const nlohmann::json& uri) {
    return ask(*this, session, method, nlohmann::json{{"uri", uri}}.dump());
  }
  nlohmann::json read(const nlohmann::json& uri) { return send_uri("resources/read", uri); }
  /// Which backend has it; "" for an error.
  std::string read_from(const std::string& uri) {
    return read(uri).value("/result/contents/0/text"_json_pointer, std::string());
  }
  /// How many requests of that method reached backends.
  [[nodiscard]] std::size_t count(const std::string& method) const {
    std::size_t count = 0;
    for (const auto& backend : backends) {
      count += backend->count(method);
    }
    return count;
  }

  std::string session;
};

void refuse_to_read(ScriptedBackend& backend) {
  backend.on("resources/read", [](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) +
                   R"(,"error":{"code":-32603,"message":"secret details"}})");
  });
}

const std::string kUri = "file:///x";

}  // namespace

TEST_CASE("with one backend URIs pass as they are, listed or not", "[resources]") {
  ResourceRig rig({"a"});
  for (const std::string uri : {"file:///x", "a+file:///x", "b+x:", "x"}) {
    rig.read(uri);
    CHECK(nlohmann::json::parse(rig.backend().seen("resources/read").back().body)["params"]["uri"] == uri);
  }
  CHECK(rig.count("resources/list") == 0);
}

TEST_CASE("a resource is read from its owner, with every byte as it came", "[resources][TRAP-37]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(0), {"x:a"});
  set_resources(rig.backend(1), {kUri});
  const std::string body =
      R"({"id":1, "params":{"n":1.0,"uri" :"file:\/\/\/x"},"jsonrpc":"2.0","method":"resources/read"})";
  rig.post(rig.session, body);
  CHECK(rig.backend(1).seen("resources/read").at(0).body == body);
  CHECK(rig.backend(0).count("resources/read") == 0);
}

TEST_CASE("two backends with the same URI are told apart by the name in front", "[resources][names]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(0), {kUri});
  set_resources(rig.backend(1), {kUri});
  CHECK(listed(rig, rig.session, "resources/list") == std::vector<std::string>{kUri, "b+" + kUri});
  CHECK(rig.read_from(kUri) == "a");
  CHECK(rig.read_from("b+" + kUri) == "b");
  CHECK(nlohmann::json::parse(rig.backend(1).seen("resources/read").at(0).body)["params"]["uri"] == kUri);
}

TEST_CASE("the contents of a renamed resource have the URI that the client knows, and keep every other byte",
          "[resources][names][TRAP-37]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(0), {kUri});
  set_resources(rig.backend(1), {kUri});
  listed(rig, rig.session, "resources/list");
  answer_with(rig.backend(1), "resources/read",
              R"({"_meta":{"n":1.50}, "contents":[{"uri":"file:\/\/\/x","text":"file:///x"},{"uri":"file:///x/y"},)"
              R"({"text":"","uri":"file:///x"}, {"uri":7},null],"uri":"file:///x"})");
  const std::string renamed =
      R"({"_meta":{"n":1.50}, "contents":[{"uri":"b+file:///x","text":"file:///x"},{"uri":"file:///x/y"},)"
      R"({"text":"","uri":"b+file:///x"}, {"uri":7},null],"uri":"file:///x"})";
  CHECK(rig.post(rig.session, request_body("resources/read", R"({"uri":"b+file:///x"})")).body ==
        R"({"jsonrpc":"2.0","id":1,"result":)" + renamed + "}");
}

TEST_CASE("a strange result for a renamed resource passes as it came", "[resources][hostile]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(0), {kUri});
  set_resources(rig.backend(1), {kUri});
  listed(rig, rig.session, "resources/list");
  for (const std::string result : {"{}", "7", "[]", "null", R"({"contents":{}})", R"({"contents":"file:///x"})",
                                   R"({"contents":[[{"uri":"file:///x"}]]})"}) {
    answer_with(rig.backend(1), "resources/read", result);
    CHECK(rig.read("b+" + kUri).value("result", nlohmann::json()) == nlohmann::json::parse(result));
  }
}

TEST_CASE("a backend's name in front leads to it, listed or not", "[resources][names]") {
  ResourceRig rig({"a", "b"});
  set_templates(rig.backend(1), {"mem:{id}"});
  CHECK(rig.read_from("b+mem:7") == "b");
  CHECK(rig.backend(0).count("resources/read") == 0);
  CHECK(rig.count("resources/list") == 0);
}

TEST_CASE("a name in front that is no backend's is part of the URI", "[resources][names]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(1), {"git+ssh://x"});
  CHECK(listed(rig, rig.session, "resources/list") == std::vector<std::string>{"git+ssh://x"});
  CHECK(rig.read_from("git+ssh://x") == "b");
}

TEST_CASE("no backend takes over what is read by another's name", "[resources][names][hostile]") {
  ResourceRig rig({"evil", "a"});
  set_resources(rig.backend(0), {kUri, "a+" + kUri, "a+other:"});
  set_resources(rig.backend(1), {kUri});
  set_templates(rig.backend(1), {"other:{id}"});
  const auto exposed = listed(rig, rig.session, "resources/list");
  REQUIRE(exposed.size() == 4);
  CHECK(rig.read_from("a+" + kUri) == "a");
  CHECK(rig.read_from("a+other:1") == "a");
  for (std::size_t i = 0; i < exposed.size(); ++i) {
    CAPTURE(exposed[i]);
    CHECK(rig.read_from(exposed[i]) == (i < 3 ? "evil" : "a"));
  }
}

TEST_CASE("a resource can be read before anything was listed", "[resources]") {
  SECTION("by its URI") {
    ResourceRig rig({"a", "b"});
    set_resources(rig.backend(1), {kUri});
    CHECK(rig.read_from(kUri) == "b");
    CHECK(rig.backend(0).count("resources/read") == 0);
    rig.read(kUri);
    CHECK(rig.backend(0).count("resources/list") == 1);
  }
  SECTION("by a template") {
    ResourceRig rig({"a", "b"});
    set_templates(rig.backend(1), {"mem:{id}"});
    CHECK(rig.read_from("mem:1") == "b");
    CHECK(rig.backend(0).count("resources/read") == 0);
    rig.read("mem:2");
    CHECK(rig.backend(0).count("resources/templates/list") == 1);
  }
}

TEST_CASE("a resource that fits templates goes to the most specific one", "[resources][templates]") {
  ResourceRig rig({"a", "b", "c"});
  set_templates(rig.backend(0), {"file:///{+path}"});
  set_templates(rig.backend(1), {"file:///logs/{+path}"});
  set_templates(rig.backend(2), {"file:///logs/{day}.txt"});
  listed(rig, rig.session, "resources/templates/list");
  CHECK(rig.read_from("file:///other/x") == "a");
  CHECK(rig.read_from("file:///logs/x") == "b");
  CHECK(rig.read_from("file:///logs/x.txt") == "c");
}

TEST_CASE("between templates that fit equally well the first backend in the configuration decides",
          "[resources][templates]") {
  ResourceRig rig({"b", "a"});
  set_templates(rig.backend(0), {"file:///{z}"});
  set_templates(rig.backend(1), {"file:///{a}"});
  listed(rig, rig.session, "resources/templates/list");
  CHECK(rig.read_from("file:///x") == "b");
}

TEST_CASE("a listed resource goes to its owner although a template of another fits", "[resources][templates]") {
  ResourceRig rig({"a", "b"});
  set_templates(rig.backend(0), {"file:///{path}"});
  set_resources(rig.backend(1), {kUri});
  listed(rig, rig.session, "resources/list");
  listed(rig, rig.session, "resources/templates/list");
  CHECK(rig.read_from(kUri) == "b");
}

TEST_CASE("broken templates fit nothing", "[resources][templates][hostile]") {
  ResourceRig rig({"a", "b"});
  set_templates(rig.backend(0), {"file:///{path", "{", "}", "{}", "", "file:///x{", std::string(100'000, '{')});
  set_templates(rig.backend(1), {"file:///{path}"});
  rig.backend(0).on("resources/read", [](const auto& exchange) { exchange->respond(500, {}, ""); });
  CHECK(rig.read_from(kUri) == "b");
  CHECK(rig.backend(0).count("resources/read") == 0);
}

TEST_CASE("a resource that nobody lists is asked of one backend after the other", "[resources][RSC-02]") {
  ResourceRig rig({"a", "b", "c"});
  refuse_to_read(rig.backend(0));
  answer_with(rig.backend(1), "resources/read", R"({"contents":[{"uri":"x:1","text":"b"}],"n":1.50})");
  const std::string body = request_body("resources/read", R"({"uri":"x:1"})");
  CHECK(rig.post(rig.session, body).body ==
        R"({"jsonrpc":"2.0","id":1,"result":{"contents":[{"uri":"x:1","text":"b"}],"n":1.50}})");
  for (const std::size_t index : {0u, 1u}) {
    const auto asked = nlohmann::json::parse(rig.backend(index).seen("resources/read").at(0).body);
    CHECK(asked["params"] == nlohmann::json::parse(body)["params"]);
    CHECK(asked["id"] != 1);  // ours: what else the backend says belongs to no request of the client
  }
  CHECK(rig.backend(2).count("resources/read") == 0);
  CHECK(rig.observer.count("request_done resources/read b ok") == 1);
}

TEST_CASE("the answer of a backend that was asked has the client's id, to the letter", "[resources]") {
  ResourceRig rig({"a", "b"});
  answer_with(rig.backend(0), "resources/read", R"({"contents":[]})");
  CHECK(rig.post(rig.session, R"({"jsonrpc":"2.0","id":"\u0078","method":"resources/read","params":{"uri":"x:1"}})")
            .body == R"({"jsonrpc":"2.0","id":"\u0078","result":{"contents":[]}})");
}

TEST_CASE("only backends that declare resources are asked for one", "[resources][INIT-06]") {
  ResourceRig rig({"a", "b"});
  rig.backend(0).set_capabilities(R"({"tools":{}})");
  rig.session = open_known_session(rig);
  CHECK(reason_of(rig.read("x:1")) == "unknown_resource");
  CHECK(rig.backend(0).count("resources/read") == 0);
  CHECK(rig.backend(1).count("resources/read") == 1);
}

TEST_CASE("a backend that is down or answers nonsense does not keep others from being asked", "[resources]") {
  ResourceRig rig({"a", "b", "c"});
  rig.backend(0).go_down();
  rig.backend(1).on("resources/read", [](const auto& exchange) { exchange->respond(500, {}, "secret details"); });
  answer_with(rig.backend(2), "resources/read", R"({"contents":[{"uri":"x:1","text":"c"}]})");
  CHECK(rig.read_from("x:1") == "c");
}

TEST_CASE("a backend that does not answer in time is left for the next one", "[resources]") {
  ResourceRig rig({"a", "b"});
  std::shared_ptr<MemoryExchange> held;
  rig.backend(0).on("resources/read", [&](const auto& exchange) { held = exchange; });
  answer_with(rig.backend(1), "resources/read", R"({"contents":[{"uri":"x:1","text":"b"}]})");
  const auto writer = rig.start(post_request(rig.session, request_body("resources/read", R"({"uri":"x:1"})")));
  REQUIRE(held);
  CHECK_FALSE(writer->ended());
  held->fail(HttpFailure::timeout);
  REQUIRE(writer->ended());
  CHECK(writer->response().body.find(R"("text":"b")") != std::string::npos);
}

TEST_CASE("a resource that nobody has is answered -32002 with its URI, at status 200", "[resources][ERR-08]") {
  ResourceRig rig({"a", "b"});
  refuse_to_read(rig.backend(0));
  const std::string uri = "x:\"quoted\"";
  const auto response = rig.read(uri);
  CHECK(code_of(response) == -32002);
  CHECK(uri_in_error(response) == uri);
  CHECK(reason_of(response) == "unknown_resource");
  CHECK(response.dump().find("secret") == std::string::npos);
}

TEST_CASE("what no URI can be is answered -32602 and reaches nobody", "[resources][hostile][RSC-01]") {
  for (const auto& names : {std::vector<std::string>{"a"}, std::vector<std::string>{"a", "b"}}) {
    ResourceRig rig(names);
    const std::vector<nlohmann::json> bad{nullptr,
                                          7,
                                          true,
                                          nlohmann::json::array({"x:1"}),
                                          nlohmann::json::object(),
                                          "x:" + std::string(8'191, 'x'),
                                          "x:\n",
                                          "x:\r\nHost: evil",
                                          std::string("x:\0", 3),
                                          "x:\x1f",
                                          "x:\x7f",
                                          "\tx:"};
    for (const std::string method : {"resources/read", "resources/subscribe", "resources/unsubscribe"}) {
      for (const auto& uri : bad) {
        CAPTURE(method, uri.dump().substr(0, 40));
        const auto response = rig.send_uri(method, uri);
        CHECK(code_of(response) == -32602);
        CHECK(reason_of(response) == "invalid_params");
      }
      CHECK(reason_of(ask(rig, rig.session, method)) == "invalid_params");
      CHECK(rig.count(method) == 0);
    }
  }
}

TEST_CASE("what could not be read is not listed beside other backends' resources", "[resources][hostile][RSC-01]") {
  ResourceRig rig({"a", "b"});
  for (const std::string method : {"resources/list", "resources/templates/list"}) {
    CAPTURE(method);
    set_list(rig.backend(0), method, {"x:" + std::string(8'191, 'x'), "x:\n", "x:\x7f", "x:1"});
    CHECK(listed(rig, rig.session, method) == std::vector<std::string>{"x:1"});
    CHECK(rig.observer.count("list_incomplete " + method + " a") == 3);
  }
}

TEST_CASE("a URI of 8 KiB is read, dots and all", "[resources][RSC-01]") {
  ResourceRig rig({"a", "b"});
  for (const std::string& uri : {"x:" + std::string(8'190, 'x'), std::string("file:///../../etc/passwd")}) {
    set_resources(rig.backend(1), {uri});
    CHECK(rig.read_from(uri) == "b");  // what a path means is the backend's affair: the router opens none
  }
}

TEST_CASE("a backend's own error about its resource passes as it came", "[resources]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(1), {kUri});
  listed(rig, rig.session, "resources/list");
  const std::string error = R"("error":{"code":-32002,"message":"gone","data":{"uri":"file:///x"}}})";
  rig.backend(1).on("resources/read", [&](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + "," + error);
  });
  CHECK(rig.post(rig.session, request_body("resources/read", R"({"uri":"file:///x"})")).body ==
        R"({"jsonrpc":"2.0","id":1,)" + error);
  CHECK(rig.backend(0).count("resources/read") == 0);
}

TEST_CASE("subscriptions reach the owner under its own URI", "[resources][subscribe]") {
  ResourceRig rig({"a", "b"});
  set_resources(rig.backend(0), {kUri});
  set_resources(rig.backend(1), {kUri});
  listed(rig, rig.session, "resources/list");
  for (const std::string method : {"resources/subscribe", "resources/unsubscribe"}) {
    CAPTURE(method);
    CHECK(rig.send_uri(method, kUri).value("result", nlohmann::json()) == nlohmann::json::object());
    CHECK(rig.send_uri(method, "b+" + kUri).value("result", nlohmann::json()) == nlohmann::json::object());
    for (std::size_t i : {0u, 1u}) {
      const auto seen = rig.backend(i).seen(method);
      REQUIRE(seen.size() == 1);
      CHECK(nlohmann::json::parse(seen[0].body)["params"]["uri"] == kUri);
    }
  }
}

TEST_CASE("a subscription goes where a template says, and can come before any list", "[resources][subscribe]") {
  ResourceRig rig({"a", "b"});
  set_templates(rig.backend(1), {"mem:{id}"});
  CHECK(rig.send_uri("resources/subscribe", "mem:1").value("result", nlohmann::json()) == nlohmann::json::object());
  CHECK(rig.backend(1).count("resources/subscribe") == 1);
}

TEST_CASE("a subscription to what nobody lists is answered -32002 and nobody is asked", "[resources][subscribe]") {
  ResourceRig rig({"a", "b"});
  for (const std::string method : {"resources/subscribe", "resources/unsubscribe"}) {
    const auto response = rig.send_uri(method, "x:1");
    CHECK(code_of(response) == -32002);
    CHECK(uri_in_error(response) == "x:1");
    CHECK(reason_of(response) == "unknown_resource");
    CHECK(rig.count(method) == 0);
  }
}
