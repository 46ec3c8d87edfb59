#include "protocol/message.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_text.hpp"
#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

Message read(std::string_view text) {
  const auto outcome = read_message(text, Limits{});
  INFO(text);
  if (const auto* problem = std::get_if<MessageProblem>(&outcome)) FAIL(problem->detail);
  return std::get<Message>(outcome);
}

MessageProblem refuse(std::string_view text, const Limits& limits = {}) {
  const auto outcome = read_message(text, limits);
  INFO(text);
  REQUIRE(std::holds_alternative<MessageProblem>(outcome));
  CHECK_FALSE(std::get<MessageProblem>(outcome).detail.empty());
  return std::get<MessageProblem>(outcome);
}

TEST_CASE("a request is read whatever the order of its members", "[message]") {
  for (const std::string_view text :
       {R"({"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"a","arguments":{"n":1.0}},"x":[1]})",
        R"({"params":{"name":"a","arguments":{"n":1.0}},"x":[1],"method":"tools\/call","jsonrpc":"2.0","id":7})"}) {
    const Message message = read(text);
    CHECK(message.kind == Message::Kind::request);
    CHECK(message.id == "7");
    CHECK(message.method == "tools/call");
    CHECK(message.params == R"({"name":"a","arguments":{"n":1.0}})");
    CHECK(message.result.empty());
    CHECK(message.error.empty());
  }
}

TEST_CASE("what of the params routes is found as written, and nowhere else", "[message]") {
  const Message message = read(
      R"({"jsonrpc":"2.0","id":1,"method":"a","name":1,"params":{"_meta":{"x":{"progressToken":2},"progressToken" : "t"},)"
      R"("arguments":{"name":"no","_meta":{"progressToken":3}},"n\u0061me": "a\tb","uri":null,"cursor":"","cursors":1},)"
      R"("progressToken":4})");
  CHECK(message.name == R"("a\tb")");
  CHECK(message.uri == "null");
  CHECK(message.cursor == "\"\"");
  CHECK(message.meta == R"({"x":{"progressToken":2},"progressToken" : "t"})");
  CHECK(message.progress_token == "\"t\"");
  CHECK(message.params.starts_with(R"({"_meta")"));
  CHECK(message.params.ends_with(R"("cursors":1})"));

  const Message bare = read(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":[{"progressToken":3}]}})");
  CHECK(bare.name.empty());
  CHECK(bare.uri.empty());
  CHECK(bare.cursor.empty());
  CHECK(bare.meta == R"([{"progressToken":3}])");
  CHECK(bare.progress_token.empty());
}

TEST_CASE("what a request says of its client is found as written", "[message]") {
  const std::string_view text =
      R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"requestState":"s","inputResponses":{"k":{}},"arguments":{"a":1},)"
      R"("_meta":{"io.modelcontextprotocol/clientInfo":{"name":"c"},"io.modelcontextprotocol/logLevel":"debug",)"
      R"("io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol\/protocolVersion":"2026-07-28",)"
      R"("clientInfo":1,"io.modelcontextprotocol/":2,"io.modelcontextprotocol/clientinfo":3}}})";
  const Message message = read(text);
  CHECK(message.protocol_version == R"("2026-07-28")");
  CHECK(message.client_info == R"({"name":"c"})");
  CHECK(message.client_capabilities == "{}");
  CHECK(message.log_level == R"("debug")");
  CHECK(message.request_state == R"("s")");
  CHECK(message.input_responses == R"({"k":{}})");
  CHECK(message.arguments == R"({"a":1})");
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"clientInfo":{}}})").client_info.empty());
}

TEST_CASE("a method without id is a notification", "[message]") {
  const Message message = read(R"( {"method":"notifications/initialized","jsonrpc":"2.0"} )");
  CHECK(message.kind == Message::Kind::notification);
  CHECK(message.id.empty());
  CHECK(message.method == "notifications/initialized");
  CHECK(message.params.empty());
}

TEST_CASE("a result is read with its id last", "[message]") {
  const Message message = read(R"({"result":{"tools":[]},"jsonrpc":"2.0","id":"abc"})");
  CHECK(message.kind == Message::Kind::result);
  CHECK(message.id == "\"abc\"");
  CHECK(message.result == R"({"tools":[]})");
  CHECK(message.method.empty());
}

TEST_CASE("an error is read with its id, with a null id and without", "[message]") {
  const std::string head = R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"no","data":[1]})";
  for (const auto& [tail, id] :
       std::vector<std::pair<std::string, std::string>>{{R"(,"id":0})", "0"}, {R"(,"id":null})", ""}, {"}", ""}}) {
    const std::string text = head + tail;
    const Message message = read(text);
    CHECK(message.kind == Message::Kind::error);
    CHECK(message.id == id);
    CHECK(message.error == R"({"code":-32600,"message":"no","data":[1]})");
  }
}

TEST_CASE("ids are kept to the letter", "[message][id]") {
  for (const std::string id : {"0", "1", "-7", "1.0", "-0", "9007199254740993", "123456789012345678901234567890",
                               R"("1")", R"("")", R"("\u0041 %\n")"}) {
    const std::string text = R"({"jsonrpc":"2.0","method":"ping","id": )" + id + " }";
    CHECK(read(text).id == id);
    CHECK(read(text).kind == Message::Kind::request);
  }
}

TEST_CASE("what is no id is refused and answered with null", "[message][id]") {
  for (const std::string id : {"1.5", "1e3", "1.0e0", "1E2", "null", "true", "{}", "[1]", "1.01"}) {
    const auto problem = refuse(R"({"jsonrpc":"2.0","method":"ping","id":)" + id + "}");
    CHECK(problem.reason == Reason::invalid_request);
    CHECK(problem.id == "null");
  }
}

TEST_CASE("an id may be as long as the limit, as written", "[message][id]") {
  Limits limits;
  limits.max_id_length = 8;
  const auto request = [](const std::string& id) { return R"({"jsonrpc":"2.0","method":"ping","id":)" + id + "}"; };
  CHECK(std::holds_alternative<Message>(read_message(request("12345678"), limits)));
  CHECK(std::holds_alternative<Message>(read_message(request(R"("123456")"), limits)));
  CHECK(refuse(request("123456789"), limits).id == "null");
  CHECK(refuse(request(R"("1234567")"), limits).id == "null");
  CHECK(refuse(request("\"" + std::string(100'000, 'x') + "\""), limits).id == "null");
}

TEST_CASE("what is no JSON is a parse error without id", "[message]") {
  for (const std::string& text :
       {std::string(), std::string("{"), std::string(R"({"jsonrpc":"2.0","id":1,"method":"ping"} x)"),
        std::string("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\xFF\"}"), std::string(100'000, '['),
        R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"a":)" + std::string(100'000, '[') +
            std::string(100'000, ']') + "}}"}) {
    const auto problem = refuse(text);
    CHECK(problem.reason == Reason::parse_error);
    CHECK(problem.id == "null");
  }
}

TEST_CASE("an envelope that breaks a rule is refused under its own id", "[message]") {
  for (const std::string_view members : {
           R"("method":"ping")",
           R"("jsonrpc":"1.0","method":"ping")",
           R"("jsonrpc":2.0,"method":"ping")",
           R"("jsonrpc":"2.0")",
           R"("jsonrpc":"2.0","method":"")",
           R"("jsonrpc":"2.0","method":1)",
           R"("jsonrpc":"2.0","method":null)",
           R"("jsonrpc":"2.0","method":"a","params":[])",
           R"("jsonrpc":"2.0","method":"a","params":null)",
           R"("jsonrpc":"2.0","method":"a","params":"{}")",
           R"("jsonrpc":"2.0","method":"a","result":{})",
           R"("jsonrpc":"2.0","method":"a","error":{"code":1,"message":""})",
           R"("jsonrpc":"2.0","result":{},"error":{"code":1,"message":""})",
           R"("jsonrpc":"2.0","error":null)",
           R"("jsonrpc":"2.0","error":"no")",
           R"("jsonrpc":"2.0","error":{"code":1})",
           R"("jsonrpc":"2.0","error":{"message":"a"})",
           R"("jsonrpc":"2.0","error":{"code":"1","message":"a"})",
           R"("jsonrpc":"2.0","error":{"code":1.5,"message":"a"})",
           R"("jsonrpc":"2.0","error":{"code":1,"message":null})",
       }) {
    for (const std::string& text :
         {"{" + std::string(members) + R"(,"id":41})", R"({"id":41,)" + std::string(members) + "}"}) {
      const auto problem = refuse(text);
      CHECK(problem.reason == Reason::invalid_request);
      CHECK(problem.id == "41");
    }
  }
}

TEST_CASE("what is no object, or a result without id, is refused without id", "[message]") {
  for (const std::string_view text :
       {"[]", "1", "\"a\"", "null", R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])", R"({"jsonrpc":"2.0","result":{}})",
        R"({"jsonrpc":"2.0","result":{},"id":null})", R"({"jsonrpc":"2.0","id":null,"method":"ping"})", "{}"}) {
    const auto problem = refuse(text);
    CHECK(problem.reason == Reason::invalid_request);
    CHECK(problem.id == "null");
  }
}

TEST_CASE("a member that routes must not stand twice", "[message][duplicate]") {
  for (const std::string_view text : {
           R"({"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"a"})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","method":"a"})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","m\u0065thod":"b"})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{},"params":{}})",
           R"({"jsonrpc":"2.0","id":1,"result":{},"result":{}})",
           R"({"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""},"error":{"code":1,"message":""}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"a","name":"b"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"name":"a","x":0,"n\u0061me":"a"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"uri":"a","uri":"b"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"cursor":"a","cursor":"b"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{},"_meta":{}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"arguments":{},"arguments":{}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"taskId":"a","taskId":"b"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"progressToken":1,"progressToken":2}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"a",)"
           R"("io.modelcontextprotocol/protocolVersion":"b"}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"io.modelcontextprotocol/clientInfo":1,)"
           R"("io.modelcontextprotocol/clientInfo":1}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":1,)"
           R"("io.modelcontextprotocol/clientCapabilities":1}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":{"io.modelcontextprotocol/logLevel":1,)"
           R"("io.modelcontextprotocol/logLevel":1}}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"requestState":"a","requestState":"b"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"inputResponses":"a","inputResponses":"b"}})",
       }) {
    const auto problem = refuse(text);
    CHECK(problem.reason == Reason::invalid_request);
    CHECK(problem.id == "1");
  }
}

TEST_CASE("an id that stands twice is not used to answer", "[message][duplicate]") {
  CHECK(refuse(R"({"jsonrpc":"2.0","id":1,"method":"a","id":1})").id == "null");
  CHECK(refuse(R"({"id":1,"id":2})").id == "null");
}

TEST_CASE("other members may stand twice and pass as they are", "[message][duplicate]") {
  const std::string_view params = R"({"x":1,"x":2,"arguments":{"name":1,"name":2},"_meta":{"a":1,"a":1}})";
  const std::string text = R"({"jsonrpc":"2.0","id":1,"y":1,"y":2,"method":"a","params":)" + std::string(params) + "}";
  CHECK(read(text).params == params);
  CHECK(read(R"({"jsonrpc":"2.0","id":1,"method":"a","params":{"_meta":5}})").params == R"({"_meta":5})");
}

TEST_CASE("a batch is taken apart and its messages are not yet read", "[message][batch]") {
  const auto batch = read_batch(R"( [ {"a":1} ,2, "x"] )", Limits{});
  REQUIRE(std::holds_alternative<std::vector<std::string_view>>(batch));
  CHECK(std::get<0>(batch) == std::vector<std::string_view>{R"({"a":1})", "2", "\"x\""});
}

TEST_CASE("a batch that is empty, too long or no array is refused", "[message][batch]") {
  Limits limits;
  limits.max_batch = 3;
  const auto reason = [&](std::string_view text) {
    const auto outcome = read_batch(text, limits);
    REQUIRE(std::holds_alternative<MessageProblem>(outcome));
    CHECK(std::get<MessageProblem>(outcome).id == "null");
    return std::get<MessageProblem>(outcome).reason;
  };
  CHECK(std::holds_alternative<std::vector<std::string_view>>(read_batch("[1,2,3]", limits)));
  CHECK(reason("[1,2,3,4]") == Reason::invalid_request);
  CHECK(reason("[]") == Reason::invalid_request);
  CHECK(reason("{}") == Reason::invalid_request);
  CHECK(reason("[1,2") == Reason::parse_error);
  CHECK(reason(std::string(100'000, '[') + std::string(100'000, ']')) == Reason::parse_error);
}

TEST_CASE("the first byte that is not white space tells a batch", "[message][batch]") {
  CHECK(is_array("[]"));
  CHECK(is_array(" \t\r\n["));
  CHECK_FALSE(is_array("{\"a\":[]}"));
  CHECK_FALSE(is_array(""));
  CHECK_FALSE(is_array("  "));
}

TEST_CASE("ids are the same by value and type", "[message][id]") {
  const auto same = [](std::string_view a, std::string_view b) {
    CHECK(same_id(a, b) == same_id(b, a));
    return same_id(a, b);
  };
  CHECK(same("1", "1"));
  CHECK(same("1", "1.0"));
  CHECK(same("-7.00", "-7"));
  CHECK(same("0", "-0"));
  CHECK(same(R"("1")", R"("\u0031")"));
  CHECK(same(R"("\u00e9")", "\"\xC3\xA9\""));
  CHECK(same(R"("")", R"("")"));
  CHECK_FALSE(same("1", R"("1")"));
  CHECK_FALSE(same("1", "10"));
  CHECK_FALSE(same("1", "-1"));
  CHECK_FALSE(same("9007199254740993", "9007199254740992"));
  CHECK_FALSE(same(R"("a")", R"("A")"));
  for (const std::string_view no_id : {"", "null", "1.5", "1e0", "{}", "\"", "-", ".", "1."}) {
    CAPTURE(no_id);
    CHECK_FALSE(same(no_id, no_id));
    CHECK_FALSE(same(no_id, "1"));
    CHECK_FALSE(same(no_id, R"("")"));
  }
}

TEST_CASE("messages that are written read back", "[message]") {
  const std::string request = request_message("\"a\"", "tools/call", R"({"name":"x"})");
  CHECK(request == R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"x"}})");
  CHECK(request_message("1.0", "ping", "") == R"({"jsonrpc":"2.0","id":1.0,"method":"ping"})");
  CHECK(notification_message("n", "") == R"({"jsonrpc":"2.0","method":"n"})");
  CHECK(notification_message("n", "{}") == R"({"jsonrpc":"2.0","method":"n","params":{}})");
  CHECK(result_message("-7", R"({"big":9007199254740993})") ==
        R"({"jsonrpc":"2.0","id":-7,"result":{"big":9007199254740993}})");
  CHECK(error_message("null", -32700, "bad", "") ==
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"bad"}})");
  CHECK(error_message("5", -32603, "a", R"({"reason":"x"})") ==
        R"({"jsonrpc":"2.0","id":5,"error":{"code":-32603,"message":"a","data":{"reason":"x"}}})");
  CHECK(error_message("", 1, "a", "") == error_message("null", 1, "a", ""));
  CHECK(error_message("5", R"({"code":1})") == R"({"jsonrpc":"2.0","id":5,"error":{"code":1}})");
  CHECK(cancelled_message(R"("q")", "No \"use\".") ==
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q","reason":"No \"use\"."}})");
  CHECK(read(request).kind == Message::Kind::request);
}

TEST_CASE("odd text in a message that is written stays JSON", "[message]") {
  const std::string odd = "a\"\\\n\x01\xFF";
  CHECK(read(error_message("1", 1, odd, "")).kind == Message::Kind::error);
  CHECK(read(request_message("1", "a\"b", "")).method == "a\"b");
}

}  // namespace
}  // namespace mcprouter::detail
