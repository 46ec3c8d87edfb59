#include "protocol/modern_result_stream.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

using nlohmann::json;

constexpr std::string_view kUs = R"({"name":"us"})";

std::string pass(std::string_view result, std::size_t size, const std::optional<CacheHints>& hints) {
  const std::string text = R"({"result":)" + std::string(result) + R"(,"jsonrpc":"2.0","id":1})";
  ModernResultStream stream(kUs, hints);
  std::string passed;
  for (std::size_t at = 0; at < text.size(); at += size) {
    passed += stream.pass(std::string_view(text).substr(at, size));
  }
  return passed;
}

}  // namespace

TEST_CASE("a result in parts becomes what it becomes as a whole", "[modern][result][stream]") {
  const std::optional<CacheHints> some = CacheHints{std::chrono::milliseconds(7), true};
  for (const std::string_view result :
       {R"({})", R"({"content":[{"resultType":1,"_meta":{}}],"a":1.0})",
        R"({"resultType":"other","ttlMs":1,"content":[]})", R"({"_meta":{},"content":[]})",
        R"({"ttlMs":5,"_meta":{"a":1},"cacheScope":"public"})",
        R"({"a":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"name":"them"},"b":{}},"resultType":"complete"})"}) {
    for (const auto& hints : {some, std::optional<CacheHints>()}) {
      const json expected = json::parse(modern_result(result, kUs, hints));
      for (const std::size_t size : {1u, 3u, 17u, 1000u}) {
        CAPTURE(result, size);
        const json passed = json::parse(pass(result, size, hints));
        CHECK(passed["result"] == expected);
        CHECK(passed["id"] == 1);
      }
    }
  }
}

}  // namespace mcprouter::detail
