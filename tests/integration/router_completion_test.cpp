#include <nlohmann/json.hpp>
#include <string>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;

namespace {

const std::string kTemplate = "file:///{path}";

/// Backends that all have the same prompt and the same template.
class CompletionRig : public Rig {
 public:
  explicit CompletionRig(const std::vector<std::string>& names) : Rig(names) {
    for (const auto& backend : backends) {
      declare_everything(*backend);
      set_prompts(*backend, {"greet"});
      set_templates(*backend, {kTemplate});
    }
    session = open_known_session(*this);
  }

  nlohmann::json complete(const nlohmann::json& ref) {
    const nlohmann::json params{{"ref", ref}, {"argument", {{"name", "path"}, {"value", "x"}}}};
    return ask(*this, session, "completion/complete", params.dump());
  }
  /// Who answered: a backend's name, or "" for no values.
  std::string completed_by(const nlohmann::json& ref) {
    const auto values = complete(ref).at("result").at("completion").at("values");
    return values.empty() ? std::string() : values.at(0).get<std::string>();
  }
  std::size_t asked() const {
    std::size_t count = 0;
    for (const auto& backend : backends) {
      count += backend->count("completion/complete");
    }
    return count;
  }

  std::string session;
};

nlohmann::json prompt(const std::string& name) { return {{"type", "ref/prompt"}, {"name", name}}; }
nlohmann::json resource(const std::string& uri) { return {{"type", "ref/resource"}, {"uri", uri}}; }

}  // namespace

TEST_CASE("with one backend a completion passes as it is", "[completion]") {
  CompletionRig rig({"a"});
  for (const auto& ref : {prompt("greet"), resource(kTemplate), resource("anything:")}) {
    CHECK(rig.completed_by(ref) == "a");
    CHECK(nlohmann::json::parse(rig.backend().seen("completion/complete").back().body)["params"]["ref"] == ref);
  }
}

TEST_CASE("the owner of the prompt completes its arguments, under its own name", "[completion][CMP-01]") {
  CompletionRig rig({"a", "b"});
  CHECK(rig.completed_by(prompt("a__greet")) == "a");
  CHECK(rig.completed_by(prompt("b__greet")) == "b");
  const auto seen = rig.backend(1).seen("completion/complete");
  CHECK(nlohmann::json::parse(seen.at(0).body)["params"]["ref"] == prompt("greet"));
}

TEST_CASE("the owner of the resource template completes its parameters, under its own text", "[completion][CMP-01]") {
  CompletionRig rig({"a", "b"});
  CHECK(listed(rig, rig.session, "resources/templates/list") == std::vector<std::string>{kTemplate, "b+" + kTemplate});
  CHECK(rig.completed_by(resource(kTemplate)) == "a");
  CHECK(rig.completed_by(resource("b+" + kTemplate)) == "b");
  const auto seen = rig.backend(1).seen("completion/complete");
  CHECK(nlohmann::json::parse(seen.at(0).body)["params"]["ref"] == resource(kTemplate));
}

TEST_CASE("a completion may name a resource by its URI", "[completion]") {
  CompletionRig rig({"a", "b"});
  set_resources(rig.backend(1), {"mem:1"});
  CHECK(rig.completed_by(resource("mem:1")) == "b");
  CHECK(rig.completed_by(resource("file:///of/a")) == "a");
}

TEST_CASE("what a completion names need not have been listed", "[completion]") {
  SECTION("a prompt") {
    CompletionRig rig({"a", "b"});
    CHECK(rig.completed_by(prompt("b__greet")) == "b");
  }
  SECTION("a template") {
    CompletionRig rig({"a", "b"});
    set_templates(rig.backend(0), {});
    CHECK(rig.completed_by(resource(kTemplate)) == "b");
  }
}

TEST_CASE("nothing but the reference changes on the way to its owner", "[completion][TRAP-37]") {
  CompletionRig rig({"a", "b"});
  const std::string before = R"({"params":{"argument":{"value":"b__greet","name":"name"},"n":1.0, "ref" : {"name" : )";
  const std::string after = R"( ,"title":"b__greet","type":"ref/prompt"},"context":{"arguments":{"name":"b__greet"}}},)"
                            R"("method":"completion/complete","jsonrpc":"2.0","id":1})";
  rig.post(rig.session, before + R"("b__greet")" + after);
  CHECK(rig.backend(1).seen("completion/complete").at(0).body == before + R"("greet")" + after);
}

TEST_CASE("a backend without completions is not asked and completes to nothing", "[completion][INIT-06]") {
  CompletionRig rig({"a", "b"});
  rig.backend(0).set_capabilities(R"({"prompts":{},"resources":{}})");
  rig.session = open_known_session(rig);
  CHECK(rig.complete(prompt("a__greet")).value("result", nlohmann::json()) ==
        nlohmann::json::parse(R"({"completion":{"values":[]}})"));
  CHECK(rig.completed_by(resource(kTemplate)).empty());
  CHECK(rig.backend(0).count("completion/complete") == 0);
  CHECK(rig.completed_by(prompt("b__greet")) == "b");
}

TEST_CASE("a completion of something unknown is an error and reaches nobody", "[completion]") {
  CompletionRig rig({"a", "b"});
  for (const std::string name : {"greet", "c__greet", "a__echo", kTemplate.c_str()}) {
    CAPTURE(name);
    const auto response = rig.complete(prompt(name));
    CHECK(code_of(response) == -32602);
    CHECK(reason_of(response) == "unknown_prompt");
  }
  for (const std::string uri : {"mem:1", "c+file:///x", "greet", "a__greet"}) {
    CAPTURE(uri);
    const auto response = rig.complete(resource(uri));
    CHECK(code_of(response) == -32602);
    CHECK(reason_of(response) == "unknown_resource");
    const auto modern = answer_of(rig.send(modern_request(1, "completion/complete", {{"ref", resource(uri)}})));
    CHECK(code_of(modern) == -32602);
    CHECK(reason_of(modern) == "unknown_resource");
  }
  CHECK(rig.asked() == 0);
}

TEST_CASE("a completion that names nothing is answered -32602", "[completion][hostile]") {
  CompletionRig rig({"a"});
  for (const std::string params :
       {R"({})", R"({"ref":null})", R"({"ref":"greet"})", R"({"ref":[]})", R"({"ref":{}})",
        R"({"ref":{"name":"greet"}})", R"({"ref":{"type":"ref/prompt"}})", R"({"ref":{"type":"ref/resource"}})",
        R"({"ref":{"type":"ref/prompt","uri":"greet"}})", R"({"ref":{"type":"ref/resource","name":"x:1"}})",
        R"({"ref":{"type":"ref/prompt","name":7}})", R"({"ref":{"type":"ref/resource","uri":{}}})",
        R"({"ref":{"type":"ref/tool","name":"greet"}})", R"({"ref":{"type":7,"name":"greet"}})"}) {
    CAPTURE(params);
    CHECK(reason_of(ask(rig, rig.session, "completion/complete", params)) == "invalid_params");
  }
  CHECK(reason_of(rig.post(rig.session, R"({"jsonrpc":"2.0","id":1,"method":"completion/complete"})")) ==
        "invalid_params");
  CHECK(rig.asked() == 0);
}

TEST_CASE("a reference that stands twice is answered -32602", "[completion][hostile]") {
  CompletionRig rig({"a", "b"});
  const std::string a = R"({"type":"ref/prompt","name":"a__greet"})";
  const std::string b = R"({"type":"ref/prompt","name":"b__greet"})";
  for (const std::string& params :
       {R"({"ref":)" + a + R"(,"ref":)" + b + "}",
        std::string(R"({"ref":{"type":"ref/prompt","name":"a__greet",)") + R"("name":"b__greet"}})",
        std::string(R"({"ref":{"type":"ref/prompt","type":"ref/resource","name":"a__greet","uri":"x:1"}})")}) {
    CAPTURE(params);
    CHECK(reason_of(ask(rig, rig.session, "completion/complete", params)) == "invalid_params");
  }
  CHECK(rig.asked() == 0);
}
