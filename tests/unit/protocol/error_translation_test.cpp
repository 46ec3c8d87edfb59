#include "protocol/error_translation.hpp"

#include "support/catch.hpp"

using namespace mcprouter::detail;

namespace {

constexpr FailedRequest kCall{"tools/call", {}, R"({"elicitation":{},"sampling":{"tools":{}}})"};
constexpr FailedRequest kRead{"resources/read", "file:///x", "{}"};

constexpr std::string_view kHopFailed =
    R"({"code":-32603,"message":"The server behind this and the router did not understand each other.",)"
    R"("data":{"reason":"backend_protocol_error"}})";

std::string error(int code) { return R"({"code":)" + std::to_string(code) + R"(,"message":"m","x":1.0})"; }

}  // namespace

TEST_CASE("a missing resource is told in the words of the client's era (ERR-01, ERR-05, ERR-06)", "[translation]") {
  CHECK(error_for_modern(R"({"code":-32002,"message":"m"})", kRead) ==
        R"({"code":-32602,"message":"m","data":{"uri":"file:///x"}})");
  CHECK(error_for_modern(R"({"code":-32002.0,"message":"m","data":{"a":1.0,"uri":"theirs"}})", kRead) ==
        R"({"code":-32602,"message":"m","data":{"a":1.0,"uri":"file:///x"}})");
  CHECK(error_for_legacy(R"({"code":-32602,"message":"m","data":{"uri":"theirs"}})", kRead) ==
        R"({"code":-32002,"message":"m","data":{"uri":"file:///x"}})");
  CHECK(error_for_legacy(R"({"code":-32602,"message":"m","data":"uri"})", kRead) ==
        R"({"code":-32602,"message":"m","data":"uri"})");
  CHECK(error_for_legacy(R"({"code":-32602,"message":"m","data":{"uri":"a"}})", kCall) ==
        R"({"code":-32602,"message":"m","data":{"uri":"a"}})");
}

TEST_CASE("errors of the hop behind us are not relayed (ERR-02)", "[translation][TRAP-10]") {
  for (const int code : {-32020, -32022}) {
    CHECK(error_for_modern(error(code), kCall) == kHopFailed);
    CHECK(error_for_legacy(error(code), kCall) == kHopFailed);
  }
}

TEST_CASE("a capability is missing only if the client itself lacks it", "[translation]") {
  const auto missing = [](std::string_view capabilities) {
    return R"({"code":-32021,"message":"m","data":{"requiredCapabilities":)" + std::string(capabilities) + "}}";
  };
  for (const std::string_view lacked :
       {R"({"elicitation":{"url":{}}})", R"({"roots":{}})", R"({"elicitation":{},"extensions":{"a/b":{}}})"}) {
    CHECK(error_for_modern(missing(lacked), kCall) == missing(lacked));
  }
  for (const std::string_view withheld : {R"({"elicitation":{}})", R"({"sampling":{"tools":{}}})", "{}", "[]", "7"}) {
    CHECK(error_for_modern(missing(withheld), kCall) == kHopFailed);
  }
  CHECK(error_for_legacy(missing("{}"), kCall) ==
        R"({"code":-32602,"message":"m","data":{"original":)" + missing("{}") + "}}");
}

TEST_CASE("a modern client gets no code that its revision does not define (ERR-01, ERR-02, ERR-03)", "[translation]") {
  for (const int code : {-32000, -32001, -32002, -32019, -32023, -32042, -32099}) {
    CHECK(error_for_modern(error(code), kCall) ==
          R"({"code":-32603,"message":"m","x":1.0,"data":{"original":)" + error(code) + "}}");
  }
  for (const int code : {-32700, -32600, -32601, -32602, -32603, -32100, -31999, -1, 0, 7}) {
    CHECK(error_for_modern(error(code), kCall) == error(code));
  }
  constexpr std::string_view kHuge = R"({"code":123456789012345678901234567890,"message":"m"})";
  CHECK(error_for_modern(kHuge, kCall) == kHuge);
}

TEST_CASE("a client with a session gets the codes of servers as they are", "[translation]") {
  for (const int code : {-32000, -32002, -32601, -32602, -32603, -1, 7}) {
    CHECK(error_for_legacy(error(code), kRead) == error(code));
  }
  CHECK(error_code(error_for_legacy(error(-32042), kCall)) == -32603);
}

TEST_CASE("the HTTP status for a modern client follows from the code", "[translation]") {
  CHECK(modern_status(-32020) == 400);
  CHECK(modern_status(-32021) == 400);
  CHECK(modern_status(-32022) == 400);
  CHECK(modern_status(-32601) == 404);
  CHECK(modern_status(-32602) == 200);
  CHECK(modern_status(-32603) == 200);
}

TEST_CASE("URLs to be visited become input requests (ELI-05)", "[translation][mrtr]") {
  const auto requests = url_elicitations(
      R"({"code":-32042,"message":"m","data":{"elicitations":[{"mode":"url","elicitationId":"e","url":"https://a","message":"A"},)"
      R"({"url":"https://b","message":"B"}]}})");
  REQUIRE(requests);
  REQUIRE(requests->size() == 2);
  CHECK((*requests)[0].key == "url1");
  CHECK((*requests)[0].method == "elicitation/create");
  CHECK((*requests)[0].params == R"({"mode":"url","url":"https://a","message":"A"})");
  CHECK((*requests)[1].key == "url2");
  CHECK((*requests)[1].params == R"({"url":"https://b","message":"B","mode":"url"})");
  for (const std::string_view text :
       {R"({"code":-32042,"message":"m"})", R"({"code":-32042,"message":"m","data":{"elicitations":[]}})",
        R"({"code":-32042,"message":"m","data":{"elicitations":[7]}})",
        R"({"code":-32042,"message":"m","data":{"elicitations":{"url":"u"}}})",
        R"({"code":-32602,"message":"m","data":{"elicitations":[{"url":"u"}]}})"}) {
    CHECK_FALSE(url_elicitations(text));
  }
}
