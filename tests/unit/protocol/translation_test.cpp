// What holds for all that is translated between eras.
#include <string>
#include <vector>

#include "protocol/discover.hpp"
#include "protocol/error_translation.hpp"
#include "protocol/input_required.hpp"
#include "protocol/json_check.hpp"
#include "protocol/legacy_result.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/task_translation.hpp"
#include "protocol/version.hpp"
#include "support/catch.hpp"

using namespace mcprouter::detail;

namespace {

const std::vector<std::string> kOddValues{"null",
                                          "true",
                                          "-1",
                                          "1e300",
                                          "123456789012345678901234567890",
                                          R"("")",
                                          R"("\ud83d\ude00\u0000")",
                                          "[]",
                                          "{}",
                                          "[[null]]",
                                          R"([{"type":"audio"},{"type":7},"x"])",
                                          R"({"a":{"b":[]},"":null})",
                                          R"({"type":"object","type":1})",
                                          R"({"method":"elicitation/create","params":{}})",
                                          R"({"x":{"method":"roots/list"}})",
                                          R"("input_required")",
                                          R"("completed")",
                                          "-32002",
                                          "-32042",
                                          "-32021",
                                          "-32020"};

const std::vector<std::string> kNames{"resultType",
                                      "ttlMs",
                                      "cacheScope",
                                      "_meta",
                                      "content",
                                      "structuredContent",
                                      "tools",
                                      "messages",
                                      "inputSchema",
                                      "outputSchema",
                                      "inputRequests",
                                      "inputResponses",
                                      "requestState",
                                      "code",
                                      "data",
                                      "message",
                                      "task",
                                      "taskId",
                                      "status",
                                      "result",
                                      "error",
                                      "capabilities",
                                      "supportedVersions",
                                      "roots",
                                      "sampling",
                                      "elicitation",
                                      "extensions"};

/// Objects with one member of an odd kind, alone, between others, or twice.
std::vector<std::string> odd_texts() {
  std::vector<std::string> texts = kOddValues;
  for (const std::string& name : kNames) {
    for (const std::string& value : kOddValues) {
      const std::string member = "\"" + name + "\":" + value;
      texts.push_back("{" + member + "}");
      texts.push_back(R"({ "taskId":"t","status":"failed","code":-32042, )" + member + R"( ,"uri":"u","content":[] })");
      texts.push_back("{" + member + ",\"z\":1," + member + "}");
    }
  }
  return texts;
}

/// All that can be made of a text.
std::vector<std::string> translations(const std::string& text) {
  std::vector<std::string> all{
      modern_result(text, "{}", CacheHints{}),
      modern_result(text, "{}", std::nullopt, ResultType::input_required),
      modern_list_entry(text),
      legacy_list_entry("tools/list", text, version_2024_11_05),
      input_params(text),
      legacy_request_params("elicitation/create", text, "e", version_2025_06_18),
      error_for_modern(text, {"resources/read", "a:b", text}),
      error_for_legacy(text, {"resources/read", "a:b", text}),
      modern_task(text, {text, {}, {}}),
      modern_task(text, {{}, text, {}}),
      legacy_task(text),
      modern_created_task(text, "{}").value_or("{}"),
      capabilities_across_eras(text),
      with_tasks_extension(text),
  };
  for (const std::string_view method : {"tools/call", "tools/list", "prompts/get", "resources/read"}) {
    all.push_back(legacy_result(method, text, version_2024_11_05));
    all.push_back(legacy_result(method, text, version_2025_11_25));
  }
  const auto input = read_input_required(text);
  if (const auto* const required = std::get_if<InputRequired>(&input)) {
    all.push_back(input_requests(required->requests));
    all.push_back(required->request_state.value_or("null"));
  }
  for (const InputRequest& request : url_elicitations(text).value_or(std::vector<InputRequest>())) {
    all.push_back(request.params);
  }
  static_cast<void>(read_client_input(text));
  static_cast<void>(read_modern_task(text));
  return all;
}

}  // namespace

TEST_CASE("whatever a backend sends, what is made of it is JSON", "[translation]") {
  constexpr std::size_t kDepth = 32;
  for (const std::string& text : odd_texts()) {
    REQUIRE_FALSE(find_problem(text, kDepth));
    for (const std::string& made : translations(text)) {
      if (find_problem(made, kDepth)) {
        CAPTURE(text);
        FAIL_CHECK(made);
      }
    }
  }
}

TEST_CASE("what no rule speaks of keeps its bytes in every direction", "[translation][TRAP-37]") {
  constexpr std::string_view kKept = R"("n":12345678901234567890.50, "u":"\u00e9\/",  "o":{"b":1,"a":[ 1 ,2]})";
  const std::string text = "{" + std::string(kKept) + "}";
  for (const std::string& made : translations(text)) {
    if (made != "{}") {
      CHECK(made.find(kKept) != std::string::npos);
    }
  }
}
