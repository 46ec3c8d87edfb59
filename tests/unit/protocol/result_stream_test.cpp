#include "protocol/result_stream.hpp"

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/json_text.hpp"
#include "protocol/message.hpp"
#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

Limits limits() {
  Limits limits;
  limits.max_depth = 16;
  limits.max_id_length = 40;
  return limits;
}

/// Passes a result for request `7` of which the client knows the id "c", in pieces of one size.
std::optional<std::string> pass(std::string_view text, std::size_t size, const std::vector<ResultEdit>& edits = {}) {
  const Limits bounds = limits();
  ResultStream stream("7", R"("c")", bounds, edits);
  std::string passed;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    if (!stream.feed(text.substr(0, size), passed)) return std::nullopt;
  }
  return stream.finish() ? std::optional(passed) : std::nullopt;
}

/// Whether the message as a whole is read as a result for request `7`.
bool answers(std::string_view text) {
  const auto read = read_message(text, limits());
  const auto* const message = std::get_if<Message>(&read);
  if (message == nullptr) return false;
  return message->kind == Message::Kind::result && same_id(message->id, "7");
}

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all = {
      R"({"jsonrpc":"2.0","id":7,"result":{"id":8,"jsonrpc":1}})",
      R"({"result":[1],"jsonrpc":"2.0","id":7})",
      R"({"result":null,"\u0069d":7.0,"jsonrpc":"\u0032.0"})",
      R"({"jsonrpc":"2.0","id":7,"result":1,"extra":{"method":1}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"params":{}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"params":{"name":1,"_meta":{"progressToken":1}}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"params":{"name":1,"name":1}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"params":{"_meta":{"progressToken":1,"progressToken":1}}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"params":[]})",
      R"({"jsonrpc":"2.0","id":8,"result":{}})",
      R"({"jsonrpc":"2.0","id":"7","result":{}})",
      R"({"jsonrpc":"2.0","id":null,"result":{}})",
      R"({"jsonrpc":"2.0","id":[7],"result":{}})",
      R"({"jsonrpc":"2.0","result":{}})",
      R"({"jsonrpc":"1.0","id":7,"result":{}})",
      R"({"jsonrpc":2.0,"id":7,"result":{}})",
      R"({"id":7,"result":{}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"error":{"code":1,"message":""}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"result":{}})",
      R"({"jsonrpc":"2.0","id":7,"id":7,"result":{}})",
      R"({"jsonrpc":"2.0","id":7,"result":{},"method":"a"})",
      R"({"jsonrpc":"2.0","id":7})",
      R"({"jsonrpc":"2.0","id":7,"error":{"code":-1,"message":"no","data":[]}})",
      R"({"jsonrpc":"2.0","error":{"code":1,"message":"no"}})",
      R"({"error":{"code":1.0,"message":"no"},"id":null,"jsonrpc":"2.0"})",
      R"({"jsonrpc":"2.0","id":7,"error":{"code":1.5,"message":"no"}})",
      R"({"jsonrpc":"2.0","id":7,"error":{"code":1}})",
      R"({"jsonrpc":"2.0","id":7,"error":{"code":1,"message":2,"message":""}})",
      R"({"jsonrpc":"2.0","id":7,"error":"no"})",
      R"({"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"no"}})",
      R"([{"jsonrpc":"2.0","id":7,"result":{}}])",
      R"("result")",
      "7",
  };
  return all;
}

TEST_CASE("no member that routes may stand twice, whichever it is", "[result][stream]") {
  for (const std::string name :
       {"name", "uri", "cursor", "taskId", "arguments", "requestState", "inputResponses", "_meta"}) {
    const std::string text =
        R"({"jsonrpc":"2.0","id":7,"result":{},"params":{")" + name + R"(":1,")" + name + R"(":1}})";
    CHECK_FALSE(answers(text));
    CHECK_FALSE(pass(text, 5));
  }
  for (const std::string name :
       {"progressToken", "io.modelcontextprotocol/protocolVersion", "io.modelcontextprotocol/clientInfo",
        "io.modelcontextprotocol/clientCapabilities", "io.modelcontextprotocol/logLevel"}) {
    const std::string text =
        R"({"jsonrpc":"2.0","id":7,"result":{},"params":{"_meta":{")" + name + R"(":1,")" + name + R"(":1}}})";
    CHECK_FALSE(answers(text));
    CHECK_FALSE(pass(text, 5));
  }
}

TEST_CASE("a result in pieces gets the verdict of the whole", "[result][stream]") {
  for (const std::string& text : texts()) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
      CAPTURE(text, size);
      CHECK(pass(text, size).has_value() == answers(text));
    }
  }
}

TEST_CASE("a damaged result gets the verdict of the whole", "[result][stream][random]") {
  constexpr std::string_view bytes = "{}[]\",:\\17.nid ";
  std::mt19937 random(5);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = texts()[random() % texts().size()];
    const std::size_t at = random() % text.size();
    switch (random() % 4) {
      case 0:
        text[at] = bytes[random() % bytes.size()];
        break;
      case 1:
        text.insert(at, 1, bytes[random() % bytes.size()]);
        break;
      case 2:
        text.erase(at, 1 + random() % 8);
        break;
      default:
        text.insert(at, text.substr(random() % text.size(), random() % 20));
        break;
    }
    if (pass(text, 1 + random() % 30).has_value() != answers(text)) FAIL(text);
  }
}

TEST_CASE("the client gets its own id, wherever the id stands", "[result][stream]") {
  for (const auto& [text, expected] : std::vector<std::pair<std::string_view, std::string_view>>{
           {R"({"jsonrpc":"2.0","id":7,"result":{"id":7}})", R"({"jsonrpc":"2.0","id":"c","result":{"id":7}})"},
           {R"({"result":{},"jsonrpc":"2.0","id":7})", R"({"result":{},"jsonrpc":"2.0","id":"c"})"},
       }) {
    CHECK(pass(text, 3) == expected);
  }
}

TEST_CASE("what is not the response never comes to its end", "[result][stream]") {
  const Limits bounds = limits();
  ResultStream stream("7", "7", bounds, {});
  std::string passed;
  CHECK(stream.feed(R"({"jsonrpc":"2.0","result":{"a":1)", passed));
  CHECK(stream.feed(R"(}, "id":)", passed));
  std::string lost;
  CHECK_FALSE(stream.feed("8}", lost));
  CHECK_FALSE(stream.feed("", lost));
  CHECK_FALSE(stream.finish());
}

TEST_CASE("scalars of a result are edited, in pieces as in the whole", "[result][stream]") {
  const std::vector<JsonPaths::Way> links = {{"content", JsonPaths::each, "uri"},
                                             {"content", JsonPaths::each, "resource", "uri"}};
  const std::vector<JsonPaths::Way> ids = {{"taskId"}};
  const std::vector<ResultEdit> edits = {
      {links, [](std::string_view written) { return quoted("x+" + string_value(written).value_or("?")); }},
      {ids, [](std::string_view) { return std::optional<std::string>(); }}};
  const std::string result =
      R"({"taskId":"t","content":[{"uri":"a"},{"resource":{"uri":"b"},"a":{"uri":"c"}}],"uri":"d"})";
  const std::string edited =
      R"({"taskId":"t","content":[{"uri":"x+a"},{"resource":{"uri":"x+b"},"a":{"uri":"c"}}],"uri":"d"})";
  CHECK(edit_text(result, edits) == edited);
  CHECK_FALSE(edit_text(R"({"taskId":"t"})", edits));
  CHECK_FALSE(edit_text("[]", edits));
  CHECK(pass(R"({"id":7,"result":)" + result + R"(,"jsonrpc":"2.0"})", 5, edits) ==
        R"({"id":"c","result":)" + edited + R"(,"jsonrpc":"2.0"})");
}

TEST_CASE("the beginning of a message says whether it is the result", "[message]") {
  const std::vector<std::pair<std::string, bool>> cases = {
      {R"({"jsonrpc":"2.0","id":1,"result":{"method")", true},
      {R"({"result":[)", true},
      {R"({"result":)", false},
      {R"({"result)", false},
      {R"({"results)", false},
      {R"({"x":{"method":1,"y":"\"}"},"result":")", true},
      {R"({"method":"a","result":{)", false},
      {R"({"params":{"result":1)", false},
      {R"({"error":{"code":1,"data":")", false},
      {R"({"result":{"_meta":{"inputRequests":{}},"content":[)", true},
      {R"({"result":{"resultType":"complete","inputRequests":[)", true},
      {R"({"result":{"inputRequests":{)", false},
      {R"({"result":{"_meta":{},"resultType":"input_required","inputRequests":{)", false},
      {R"([{"result":1)", false},
      {"", false},
      {"{", false},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(begins_as_result(text) == expected);
  }
}

}  // namespace
}  // namespace mcprouter::detail
