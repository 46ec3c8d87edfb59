#include "protocol/input_required.hpp"

#include "protocol/version.hpp"
#include "support/catch.hpp"

using namespace mcprouter::detail;

namespace {

std::string problem_of(std::string_view result) {
  const auto read = read_input_required(result);
  const auto* const problem = std::get_if<std::string>(&read);
  return problem != nullptr ? *problem : std::string();
}

std::string client_problem_of(std::string_view params) {
  const auto read = read_client_input(params);
  const auto* const problem = std::get_if<std::string>(&read);
  return problem != nullptr ? *problem : std::string();
}

std::string retried(const std::string& text, const std::vector<InputResponse>& responses,
                    const std::optional<std::string>& state) {
  const auto message = read_message(text, mcprouter::Limits{});
  return with_input(text, std::get<Message>(message), responses, state);
}

}  // namespace

TEST_CASE("input is wanted on three methods only (MRTR-02)", "[mrtr]") {
  for (const std::string_view method : {"tools/call", "prompts/get", "resources/read"}) {
    CHECK(allows_input(method));
  }
  for (const std::string_view method : {"tools/list", "completion/complete", "server/discover", ""}) {
    CHECK_FALSE(allows_input(method));
  }
}

TEST_CASE("what a modern server wants is read, its state byte for byte (MRTR-11)", "[mrtr]") {
  const auto read = read_input_required(
      R"({"resultType":"input_required","requestState":"a\u0041\/ ","inputRequests":{"k\"1":{"method":"roots/list"},)"
      R"("b":{"params":{"mode":"form","x":1.0},"method":"elicitation/create","id":7}}})");
  const auto& input = std::get<InputRequired>(read);
  CHECK(input.request_state == R"("a\u0041\/ ")");
  REQUIRE(input.requests.size() == 2);
  CHECK(input.requests[0].key == "k\"1");
  CHECK(input.requests[0].method == "roots/list");
  CHECK(input.requests[0].params.empty());
  CHECK(input.requests[1].params == R"({"mode":"form","x":1.0})");

  const auto state_only = read_input_required(R"({"inputRequests":{},"requestState":""})");
  CHECK(std::get<InputRequired>(state_only).requests.empty());
  CHECK(std::get<InputRequired>(state_only).request_state == R"("")");
  const auto requests_only = read_input_required(R"({"inputRequests":{"a":{"method":"roots/list","params":{}}}})");
  CHECK_FALSE(std::get<InputRequired>(requests_only).request_state);
}

TEST_CASE("a result that wants nothing that can be given is refused (MRTR-03, MRTR-04)", "[mrtr]") {
  for (const std::string_view result :
       {"{}", "[]", "null", R"({"inputRequests":{}})", R"({"inputRequests":[]})", R"({"inputRequests":null})",
        R"({"requestState":7})", R"({"requestState":null})", R"({"requestState":"a","requestState":"b"})",
        R"({"inputRequests":{"a":1}})", R"({"inputRequests":{"a":{"method":"tools/call","params":{}}}})",
        R"({"inputRequests":{"a":{"method":"elicitation/create"}}})",
        R"({"inputRequests":{"a":{"method":"roots/list","params":[]}}})",
        R"({"inputRequests":{"a":{"method":"roots/list"},"\u0061":{"method":"roots/list"}}})"}) {
    CAPTURE(result);
    CHECK_FALSE(problem_of(result).empty());
  }
  std::string many = R"({"inputRequests":{"k":{"method":"roots/list"})";
  for (int i = 0; i < 64; ++i) {
    many += R"(,"k)" + std::to_string(i) + R"(":{"method":"roots/list"})";
  }
  CHECK(problem_of(many + "}}") == "there are too many input requests");
}

TEST_CASE("a result that wants input is written without hints (CCH-05)", "[mrtr][TRAP-21]") {
  CHECK(input_required_result({{"q1", "roots/list", ""}, {"q\"2", "elicitation/create", R"({"mode":"form"})"}}, "s\"",
                              R"({"name":"r"})") ==
        R"({"inputRequests":{"q1":{"method":"roots/list"},)"
        R"("q\"2":{"method":"elicitation/create","params":{"mode":"form"}}},"requestState":"s\"",)"
        R"("resultType":"input_required","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"r"}}})");
  CHECK(input_required_result({}, "s", "{}") ==
        R"({"requestState":"s","resultType":"input_required","_meta":{"io.modelcontextprotocol/serverInfo":{}}})");
}

TEST_CASE("params of an input request have nothing of the hop that they come from", "[mrtr]") {
  CHECK(input_params(
            R"({"mode":"url","url":"https:\/\/x","elicitationId":"e","task":{"ttl":1},"_meta":{"progressToken":1}})") ==
        R"({"mode":"url","url":"https:\/\/x"})");
  CHECK(input_params(R"({"_meta":{"a/b":1.0,"io.modelcontextprotocol/related-task":{"taskId":"t"}},"message":"m"})") ==
        R"({"_meta":{"a/b":1.0},"message":"m"})");
  CHECK(input_params(R"({"messages":[],"includeContext":"thisServer"})") ==
        R"({"messages":[],"includeContext":"none"})");
  CHECK(input_params("").empty());
  CHECK(input_params("{}") == "{}");
}

TEST_CASE("a client with a session is asked for a URL with an id of ours", "[mrtr]") {
  CHECK(legacy_request_params("elicitation/create", R"({"mode":"url","url":"https://x"})", "e1", version_2025_11_25) ==
        R"({"mode":"url","url":"https://x","elicitationId":"e1"})");
  CHECK(legacy_request_params("elicitation/create", R"({"mode":"form","elicitationId":"theirs"})", "e1",
                              version_2025_11_25) == R"({"mode":"form"})");
  CHECK(legacy_request_params("sampling/createMessage", R"({"includeContext":"allServers","task":{}})", "e1",
                              version_2025_11_25) == R"({"includeContext":"none"})");
  CHECK(legacy_request_params("roots/list", "", "e1", version_2025_11_25).empty());
  CHECK(
      legacy_request_params("elicitation/create",
                            R"({"mode":"form","message":"m","requestedSchema":{"properties":{"a":{"type":"array"}}}})",
                            "e1", version_2025_06_18) == R"({"message":"m","requestedSchema":{"properties":{}}})");
}

TEST_CASE("answers and state of another try are read", "[mrtr]") {
  const auto read = read_client_input(
      R"({"name":"t","requestState":"\u0041b","inputResponses":{"a":{"action":"accept","content":{"x":1.0}},"b":{}}})");
  const auto& input = std::get<ClientInput>(read);
  CHECK(input.present());
  CHECK(input.request_state == "Ab");
  REQUIRE(input.responses.size() == 2);
  CHECK(input.responses[0].key == "a");
  CHECK(input.responses[0].value == R"({"action":"accept","content":{"x":1.0}})");
  CHECK_FALSE(std::get<ClientInput>(read_client_input(R"({"name":"t"})")).present());
  CHECK_FALSE(std::get<ClientInput>(read_client_input("")).present());
}

TEST_CASE("answers that are none are refused (MRTR-09)", "[mrtr]") {
  for (const std::string_view params :
       {R"({"inputResponses":[]})", R"({"inputResponses":"x"})", R"({"inputResponses":{"a":1}})",
        R"({"inputResponses":{"a":null}})", R"({"inputResponses":{"a":{},"a":{}}})", R"({"requestState":{}})",
        R"({"requestState":"a","requestState":"b"})", R"({"inputResponses":{},"inputResponses":{}})"}) {
    CAPTURE(params);
    CHECK_FALSE(client_problem_of(params).empty());
  }
}

TEST_CASE("another try has just the newest answers and state, and else what it had (MRTR-13)", "[mrtr][TRAP-26]") {
  const std::string text =
      R"({"id":1, "params":{"requestState":"old","name":"t","arguments":{"x":1.0},"inputResponses":{"o":{}}},"jsonrpc":"2.0","method":"tools/call"})";
  CHECK(
      retried(text, {{"k", R"({"roots":[ ]})"}}, R"("n\u0041")") ==
      R"({"id":1, "params":{"requestState":"n\u0041","name":"t","arguments":{"x":1.0},"inputResponses":{"k":{"roots":[ ]}}},"jsonrpc":"2.0","method":"tools/call"})");
  CHECK(retried(text, {}, std::nullopt) ==
        R"({"id":1, "params":{"name":"t","arguments":{"x":1.0}},"jsonrpc":"2.0","method":"tools/call"})");
  CHECK(retried(R"({"jsonrpc":"2.0","id":1,"method":"prompts/get"})", {}, R"("s")") ==
        R"({"jsonrpc":"2.0","id":1,"method":"prompts/get","params":{"requestState":"s"}})");
}
