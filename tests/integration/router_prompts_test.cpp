#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;

namespace {

/// Backends with one prompt each, all of the same name.
class PromptRig : public Rig {
 public:
  explicit PromptRig(const std::vector<std::string>& names) : Rig(names) {
    for (const auto& backend : backends) {
      declare_everything(*backend);
      set_prompts(*backend, {"greet"});
    }
    session = open_known_session(*this);
  }

  nlohmann::json get(const std::string& name) {
    return ask(*this, session, "prompts/get", nlohmann::json{{"name", name}}.dump());
  }

  std::string session;
};

}  // namespace

TEST_CASE("with one backend a prompt is asked for by its own name", "[prompts][names]") {
  PromptRig rig({"a"});
  const std::string body = request_body("prompts/get", R"({"name":"greet","arguments":{"name":"x"}})");
  CHECK(rig.post(rig.session, body).status == 200);
  CHECK(rig.backend().seen("prompts/get").at(0).body == body);
}

TEST_CASE("prompts of the same name lead to their own backends", "[prompts][names][AGG-01]") {
  PromptRig rig({"a", "b"});
  CHECK(listed(rig, rig.session, "prompts/list") == std::vector<std::string>{"a__greet", "b__greet"});
  CHECK(rig.get("a__greet").at("result").at("description") == "a");
  CHECK(rig.get("b__greet").at("result").at("description") == "b");
  CHECK(rig.backend(0).count("prompts/get") == 1);
}

TEST_CASE("a prompt's owner gets its own name and every other byte as it came", "[prompts][TRAP-37]") {
  PromptRig rig({"a", "b"});
  const std::string before = R"( {"params" : {"unknown":[1.0,12345678901234567890], "name" : )";
  const std::string after = R"(, "arguments":{"name":"b__greet","a":"\u00e9"}},"jsonrpc":"2.0","method":"prompts/get",)"
                            R"( "id":"x"})";
  rig.post(rig.session, before + R"("b__gre\u0065t")" + after);
  CHECK(rig.backend(1).seen("prompts/get").at(0).body == before + R"("greet")" + after);
}

TEST_CASE("a prompt can be asked for before it was listed", "[prompts]") {
  PromptRig rig({"a", "b"});
  CHECK(rig.get("b__greet").at("result").at("description") == "b");
  CHECK(rig.backend(1).count("prompts/list") == 1);
}

TEST_CASE("an unknown prompt is answered -32602 and reaches nobody", "[prompts][ERR-08]") {
  PromptRig rig({"a", "b"});
  for (const std::string name : {"greet", "c__greet", "a__", "", "a__other"}) {
    CAPTURE(name);
    const auto response = rig.get(name);
    CHECK(code_of(response) == -32602);
    CHECK(reason_of(response) == "unknown_prompt");
  }
  CHECK(rig.backend(0).count("prompts/get") + rig.backend(1).count("prompts/get") == 0);
}

TEST_CASE("a tool is no prompt and a prompt no tool", "[prompts][tools][names]") {
  PromptRig rig({"a", "b"});
  listed(rig, rig.session, "prompts/list");
  CHECK(reason_of(rig.get("a__echo")) == "unknown_prompt");
  CHECK(reason_of(rig.post(rig.session, call_body("1", "a__greet"))) == "unknown_tool");
}

TEST_CASE("a prompt without a name is answered -32602", "[prompts]") {
  PromptRig rig({"a"});
  for (const std::string params :
       {R"({})", R"({"name":7})", R"({"name":null})", R"({"name":["greet"]})", R"({"arguments":{"name":"greet"}})"}) {
    CAPTURE(params);
    CHECK(reason_of(ask(rig, rig.session, "prompts/get", params)) == "invalid_params");
  }
  CHECK(reason_of(rig.post(rig.session, R"({"jsonrpc":"2.0","id":1,"method":"prompts/get"})")) == "invalid_params");
  CHECK(rig.backend().count("prompts/get") == 0);
}

TEST_CASE("a backend's own error about a prompt passes as it came", "[prompts]") {
  PromptRig rig({"a", "b"});
  const std::string error = R"("error":{"code":-32602,"message":"no such argument","data":{"n":1.0}}})";
  rig.backend(0).on("prompts/get", [&](const auto& exchange) {
    exchange->json(R"({"jsonrpc":"2.0","id":)" + id_of(exchange->request.body) + "," + error);
  });
  CHECK(rig.post(rig.session, request_body("prompts/get", R"({"name":"a__greet"})")).body ==
        R"({"jsonrpc":"2.0","id":1,)" + error);
}

TEST_CASE("a prompt of a backend that is down fails with its name", "[prompts]") {
  PromptRig rig({"a", "b"});
  listed(rig, rig.session, "prompts/list");
  rig.backend(0).go_down();
  const auto writer = rig.start(post_request(rig.session, request_body("prompts/get", R"({"name":"a__greet"})")));
  rig.executor.advance(std::chrono::seconds(10));
  REQUIRE(writer->ended());
  const auto response = nlohmann::json::parse(writer->response().body);
  CHECK(reason_of(response) == "backend_unavailable");
  CHECK(response.value("/error/data/backend"_json_pointer, "") == "a");
  CHECK(rig.get("b__greet").at("result").at("description") == "b");
}
