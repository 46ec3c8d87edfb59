#include "protocol/era.hpp"

#include <string>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

Era era_of(const std::string& body, std::string_view version_header) {
  const auto outcome = read_message(body, Limits{});
  INFO(body);
  REQUIRE(std::holds_alternative<Message>(outcome));
  return classify(std::get<Message>(outcome), version_header);
}

std::string request(const std::string& method, const std::string& meta) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":{"_meta":)" + meta + "}}";
}

constexpr const char* modern_meta = R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})";

TEST_CASE("a version in _meta makes a request modern, whatever its method and header", "[era]") {
  for (const std::string method : {"tools/list", "initialize", "ping", "logging/setLevel", "resources/subscribe"}) {
    for (const std::string_view header : {"", "2025-11-25", "2026-07-28", "x"}) {
      CHECK(era_of(request(method, modern_meta), header) == Era::modern);
    }
  }
  // What it is worth is looked at later.
  for (const std::string version : {"null", "1", R"("")", R"("2025-11-25")", "{}"}) {
    const std::string meta = R"({"io.modelcontextprotocol/protocolVersion":)" + version + "}";
    CHECK(era_of(request("tools/list", meta), "") == Era::modern);
  }
}

TEST_CASE("initialize without a version in _meta is legacy, whatever the header", "[era]") {
  for (const std::string_view header : {"", "2025-11-25", "2026-07-28", "2030-01-01", "x"}) {
    CHECK(era_of(R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{}})", header) == Era::legacy);
  }
}

TEST_CASE("without a version in the body the header decides", "[era]") {
  for (const std::string_view header :
       {"2026-07-28", "2027-01-01", "2020-01-01", "draft", " 2026-07-28 ", "2025-11-25x"}) {
    CAPTURE(header);
    CHECK(era_of(request("tools/list", "{}"), header) == Era::modern);
  }
  for (const std::string_view header :
       {"", " ", "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "\t2025-11-25 "}) {
    CAPTURE(header);
    CHECK(era_of(request("tools/list", "{}"), header) == Era::legacy);
  }
}

TEST_CASE("notifications and answers have an era too", "[era]") {
  CHECK(era_of(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", "2025-06-18") == Era::legacy);
  CHECK(era_of(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})", "2026-07-28") ==
        Era::modern);
  CHECK(era_of(R"({"jsonrpc":"2.0","id":1,"result":{}})", "") == Era::legacy);
  CHECK(era_of(R"({"jsonrpc":"2.0","id":1,"result":{}})", "2026-07-28") == Era::modern);
}

TEST_CASE("a version counts only where it belongs", "[era]") {
  for (const std::string params :
       {R"({"io.modelcontextprotocol/protocolVersion":"2026-07-28"})", R"({"_meta":{"protocolVersion":"2026-07-28"}})",
        R"({"_meta":["io.modelcontextprotocol/protocolVersion"]})",
        R"({"arguments":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})",
        R"({"_meta":{"x":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}})"}) {
    CHECK(era_of(R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":)" + params + "}", "") == Era::legacy);
  }
}

TEST_CASE("only a date from 2026-07-28 on names a version without GET and DELETE", "[era]") {
  for (const std::string_view header : {"2026-07-28", " 2026-07-28\t", "2026-12-01", "2030-01-01"}) {
    CAPTURE(header);
    CHECK(names_modern_version(header));
  }
  for (const std::string_view header :
       {"", "2025-11-25", "2026-07-27", "x", "2026-07-28x", "2026/07/28", "9999999999"}) {
    CAPTURE(header);
    CHECK_FALSE(names_modern_version(header));
  }
}

}  // namespace
}  // namespace mcprouter::detail
