#include "protocol/json_text.hpp"

#include <atomic>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t depth = 64;

std::string nested(std::size_t levels, std::string_view open, std::string_view close, std::string_view inner = "") {
  std::string text;
  for (std::size_t i = 0; i < levels; ++i) text.append(open);
  text.append(inner);
  for (std::size_t i = 0; i < levels; ++i) text.append(close);
  return text;
}

TEST_CASE("JSON text is exactly one value in valid UTF-8", "[json]") {
  for (const std::string_view text :
       {"{}", " [ ] ", "null", "true", "-0", "1.0", "1e3", "\"\"", "\"a\\u00e9\\ud83d\\ude00\\n\"", "\"\xC3\xA9\"",
        "\"\xF0\x9F\x98\x80\"", "\t{\r\n\"a\" :\t[1 , 2]}\n", "{\"a\":1,\"a\":2}", "\"\x7F\"", "\"tab\\there\"",
        "\"\\\\\"", "\"\\\\\\\"\""}) {
    CAPTURE(text);
    CHECK_FALSE(find_problem(text, depth));
  }
}

TEST_CASE("a text that is not JSON is a problem at the byte at fault", "[json]") {
  struct Case {
    std::string text;
    std::size_t offset;
  };
  const std::vector<Case> cases = {
      {"", 0},
      {"  ", 2},
      {"{", 1},
      {"{\"a\"", 4},
      {"{\"a\":1", 6},
      {"[1,", 3},
      {"\"abc", 4},
      {"tru", 3},
      {"-", 1},
      {"{} x", 3},
      {"{}{}", 2},
      {"1 2", 2},
      {"[1,]", 3},
      {"{a:1}", 1},
      {"{'a':1}", 1},
      {"[01]", 2},
      {"[+1]", 1},
      {"[.5]", 1},
      {"NaN", 0},
      {"// c\n1", 0},
      {"\"a\nb\"", 2},
      {"\"a\tb\"", 2},
      {"\"\\x\"", 2},
      {"\xEF\xBB\xBF{}", 0},
      {std::string("{}\0", 3), 2},
      {std::string("{\"a\0\":1}", 9), 3},
      {std::string("{}\0garbage", 10), 2},
  };
  for (const auto& [text, offset] : cases) {
    CAPTURE(text);
    const auto problem = find_problem(text, depth);
    REQUIRE(problem);
    CHECK(problem->offset == offset);
    CHECK_FALSE(problem->what.empty());
  }
}

TEST_CASE("a text that is not even there is a problem", "[json]") {
  const auto problem = find_problem(std::string_view(), depth);
  REQUIRE(problem);
  CHECK(problem->offset == 0);
}

TEST_CASE("invalid UTF-8 is a problem wherever it stands", "[json]") {
  for (const std::string_view bytes : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                       "\xF8\x88\x80\x80\x80", "\xFF", "\xFE", "\xE2\x82"}) {
    CAPTURE(bytes);
    const std::string text(bytes);
    CHECK(find_problem("\"" + text + "\"", depth));
    CHECK(find_problem("{\"" + text + "\":1}", depth));
    CHECK(find_problem(text, depth));
    CHECK(find_problem("[1]" + text, depth));
  }
}

TEST_CASE("nesting is counted before anything is built of it", "[json]") {
  CHECK_FALSE(find_problem(nested(64, "[", "]"), 64));
  CHECK_FALSE(find_problem(nested(64, "{\"a\":", "}", "1"), 64));
  CHECK_FALSE(find_problem("1", 0));
  CHECK(find_problem("[]", 0));
  const auto problem = find_problem(nested(65, "[", "]"), 64);
  REQUIRE(problem);
  CHECK(problem->offset == 64);
  CHECK(find_problem(nested(100'000, "[", "]"), 64)->offset == 64);
  CHECK(find_problem(nested(100'000, "{\"a\":", "}", "1"), 64)->offset == 64 * 5);
  CHECK(find_problem(std::string(100'000, '['), 64)->offset == 64);
}

TEST_CASE("deep nesting that is allowed costs no stack", "[json]") {
  const std::string inner = nested(100'000, "[", "]");
  CHECK_FALSE(find_problem(inner, 100'000));
  const std::string object = "{\"deep\":" + inner + ",\"id\":7}";
  CHECK(members(object).at(0).value == inner);
  CHECK(member(object, "id") == "7");
  CHECK(elements(inner).at(0).size() == inner.size() - 2);
}

TEST_CASE("integers keep their digits, however many", "[json]") {
  for (const std::string_view digits : {"9007199254740993", "18446744073709551615", "18446744073709551616",
                                        "-9223372036854775809", "123456789012345678901234567890"}) {
    const std::string text = "{\"a\":[" + std::string(digits) + "]}";
    CHECK_FALSE(find_problem(text, depth));
    CHECK(elements(member(text, "a").value()) == std::vector<std::string_view>{digits});
    CHECK(find_problem(text + "}", depth));
  }
}

TEST_CASE("the bound of the depth holds for empty arrays and objects too", "[json]") {
  for (std::size_t levels = 1; levels <= 4; ++levels) {
    for (const std::string_view inner : {"", "1", "1,2"}) {
      const std::string text = nested(levels, "[", "]", inner);
      CAPTURE(text);
      CHECK_FALSE(find_problem(text, levels));
      CHECK(find_problem(text, levels - 1));
    }
    CHECK_FALSE(find_problem(nested(levels - 1, "{\"a\":", "}", "{}"), levels));
    CHECK(find_problem(nested(levels, "{\"a\":", "}", "{}"), levels));
  }
}

TEST_CASE("texts of any size are checked to their last byte", "[json]") {
  for (std::size_t size :
       {0u, 1u, 62u, 63u, 64u, 65u, 127u, 128u, 4'095u, 4'096u, 4'097u, 262'143u, 262'144u, 2'000'000u}) {
    const std::string text = "[\"" + std::string(size, 'x') + "\"]";
    CAPTURE(size);
    CHECK_FALSE(find_problem(text, depth));
    CHECK(find_problem(text.substr(0, text.size() - 1), depth)->offset == text.size() - 1);
    CHECK(find_problem(text + "]", depth)->offset == text.size());
  }
}

TEST_CASE("threads check texts side by side", "[json][race]") {
  const std::string good = nested(20, "[", "]", "\"x\"");
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < 200; ++round) {
        if (find_problem(good, depth + thread) || !find_problem(good + "]", depth + thread)) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("numbers and escapes beyond what a double or UTF-8 holds are problems", "[json]") {
  CHECK_FALSE(find_problem("123456789012345678901234567890.000", depth));
  CHECK_FALSE(find_problem("1e-400", depth));
  CHECK(find_problem("1e400", depth)->what == "a number is too large");
  CHECK(find_problem(std::string(400, '9'), depth));
  CHECK(find_problem("\"\\ud800\"", depth));
  CHECK(find_problem("\"\\udc00\"", depth));
  CHECK(find_problem("\"\\udc00\\ud800\"", depth));
  CHECK(find_problem("\"\\ud800\\u0041\"", depth));
  CHECK(find_problem("\"\\ud800\\n\"", depth));
}

TEST_CASE("a problem does not repeat the text", "[json]") {
  const auto problem = find_problem("{\"token\":\"s3cret\" s3cret", depth);
  REQUIRE(problem);
  CHECK(problem->what.find("s3cret") == std::string::npos);
}

TEST_CASE("a megabyte of line ends is no harder to refuse than one of spaces", "[json]") {
  CHECK(find_problem(std::string(1u << 20, '\n'), depth)->offset == 1u << 20);
  CHECK_FALSE(find_problem(std::string(1u << 20, '\n') + "{}" + std::string(1u << 20, '\r'), depth));
}

TEST_CASE("the kind of a value shows in its first byte", "[json]") {
  CHECK(kind_of("{}") == JsonKind::object);
  CHECK(kind_of("[]") == JsonKind::array);
  CHECK(kind_of("\"\"") == JsonKind::string);
  CHECK(kind_of("-1") == JsonKind::number);
  CHECK(kind_of("0") == JsonKind::number);
  CHECK(kind_of("true") == JsonKind::boolean);
  CHECK(kind_of("false") == JsonKind::boolean);
  CHECK(kind_of("null") == JsonKind::null);
  CHECK(kind_of("") == JsonKind::null);
}

TEST_CASE("members come in order, names unescaped, values as written", "[json]") {
  const std::string_view text =
      " { \"b\" : 9007199254740993 , \"n\\u0061me\":\t\"\\u0041\" ,\"o\":{ \"b\" : [ 1.0e+2 ] } ,\"a\":[\n],"
      "\"t\":true,\"f\":false\n,\"z\":null,\"d\":-1.50,\"b\":\"}\\\"]\",\"\":0 } ";
  const std::vector<std::pair<std::string, std::string>> expected = {{"b", "9007199254740993"},
                                                                     {"name", "\"\\u0041\""},
                                                                     {"o", "{ \"b\" : [ 1.0e+2 ] }"},
                                                                     {"a", "[\n]"},
                                                                     {"t", "true"},
                                                                     {"f", "false"},
                                                                     {"z", "null"},
                                                                     {"d", "-1.50"},
                                                                     {"b", "\"}\\\"]\""},
                                                                     {"", "0"}};
  const auto found = members(text);
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CHECK(found[i].name == expected[i].first);
    CHECK(found[i].value == expected[i].second);
    CHECK(found[i].value.data() >= text.data());
    CHECK(found[i].value.data() + found[i].value.size() <= text.data() + text.size());
  }
  CHECK(member(text, "b") == "9007199254740993");
  CHECK(member(text, "name") == "\"\\u0041\"");
  CHECK(member(text, "") == "0");
  CHECK_FALSE(member(text, "missing"));
}

TEST_CASE("elements come in order as written", "[json]") {
  const std::string_view text = "[1 ,2.50,\"a,b\", [3,[4]] ,{\"a\":5},null ,true,-7]";
  CHECK(elements(text) ==
        std::vector<std::string_view>{"1", "2.50", "\"a,b\"", "[3,[4]]", "{\"a\":5}", "null", "true", "-7"});
  CHECK(elements("[]").empty());
  CHECK(elements(" [ 0 ] ") == std::vector<std::string_view>{"0"});
}

TEST_CASE("what is no object has no members, what is no array no elements", "[json]") {
  for (const std::string_view text : {"", " ", "1", "\"{}\"", "nul", "}"}) {
    CAPTURE(text);
    CHECK(members(text).empty());
    CHECK(elements(text).empty());
    CHECK_FALSE(member(text, "b"));
    CHECK_FALSE(for_each_member(text, [](std::string_view, std::string_view) { return true; }));
  }
  CHECK(members("[1]").empty());
  CHECK_FALSE(member("[{\"a\":1}]", "a"));
  CHECK(elements("{\"a\":1}").empty());
}

TEST_CASE("of a text that is no JSON nothing outside of it is read", "[json][random]") {
  const std::string_view alphabet = "{}[]\":,\\ 1a\n";
  std::mt19937 random(20250618);
  for (int round = 0; round < 4'000; ++round) {
    // On the heap and of just this size, so that the address sanitizer sees a byte too many.
    std::vector<char> text(1 + random() % 12);
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    const std::string_view view(text.data(), text.size());
    for (const auto& [name, value] : members(view)) {
      if (!value.empty() && (value.data() < view.data() || value.data() + value.size() > view.data() + view.size())) {
        FAIL("outside of " << view);
      }
    }
    if (elements(view).size() > view.size()) FAIL("more elements than bytes: " << view);
  }
}

TEST_CASE("a visitor that has what it wants stops the pass", "[json]") {
  int calls = 0;
  CHECK(for_each_member(R"({"a":1,"b":2,"c":3})", [&](std::string_view name, std::string_view) {
    ++calls;
    return name != "b";
  }));
  CHECK(calls == 2);
}

TEST_CASE("a string is unescaped, and nothing else is a string", "[json]") {
  CHECK(string_value(R"("")") == "");
  CHECK(string_value(R"("a\"\\\/\b\f\n\r\t")") == "a\"\\/\b\f\n\r\t");
  CHECK(string_value(R"("\u00e9\ud83d\ude00")") == "\xC3\xA9\xF0\x9F\x98\x80");
  CHECK(string_value(R"("\u0000")") == std::string(1, '\0'));
  CHECK(string_value("\"\xC3\xA9\"") == "\xC3\xA9");
  for (const std::string_view text : {"", "1", "null", "[\"a\"]", "{\"a\":\"b\"}", "\"", "\"a", "\"a\"b", "\"\xFF\"",
                                      "\"a\"b\"", "\"a\nb\"", "\"\\\"", "[\"a\",\"b\"]", "\"a\",\"b\""}) {
    CAPTURE(text);
    CHECK_FALSE(string_value(text));
  }
}

TEST_CASE("a quoted text reads back the same, with what is no UTF-8 replaced", "[json]") {
  const std::string text("a\"\\/\b\x01\n\0\x7F\xC3\xA9\xF0\x9F\x98\x80", 16);
  CHECK_FALSE(find_problem(quoted(text), 0));
  CHECK(string_value(quoted(text)) == text);
  CHECK(quoted("") == "\"\"");
  CHECK(string_value(quoted("a\xFF z")) == "a\xEF\xBF\xBD z");
  CHECK(string_value(quoted("\xC3")) == "\xEF\xBF\xBD");
}

TEST_CASE("a splice changes its ranges and nothing else", "[json]") {
  const std::string_view text = R"( {"id" : 1.0,"name":"x", "big":9007199254740993} )";
  const auto id = member(text, "id").value();
  const auto name = member(text, "name").value();
  CHECK(splice(text, {}) == text);
  CHECK(splice(text, {{id, "7"}}) == R"( {"id" : 7,"name":"x", "big":9007199254740993} )");
  CHECK(splice(text, {{name, "\"longer\""}, {id, "\"a\""}}) ==
        R"( {"id" : "a","name":"longer", "big":9007199254740993} )");
  CHECK(splice(text, {{text, "all"}}) == "all");
}

TEST_CASE("an empty range of a splice inserts", "[json]") {
  const std::string_view text = "{\"a\":1}";
  const auto value = member(text, "a").value();
  CHECK(splice(text, {{value, "2"}, {text.substr(1, 0), "\"z\":0,"}, {text.substr(5, 0), " "}}) ==
        "{\"z\":0,\"a\": 2}");
  CHECK(splice(text, {{text.substr(0, 0), "<"}, {text.substr(text.size()), ">"}}) == "<{\"a\":1}>");
}

TEST_CASE("a text is refused exactly when a strict parser refuses it", "[json][random]") {
  const std::vector<std::string> seeds = {
      R"({"jsonrpc":"2.0","id":-1.5e3,"params":{"a":[1,{"b":"\u0041\\"},null]},"x":true})", "[[],[\"\",{}],-0.0]"};
  const std::string_view alphabet = "{}[]\":,\\ \n\tu0e-.1a\x80\xC3";
  std::mt19937 random(20251125);
  for (int round = 0; round < 4'000; ++round) {
    std::string text = seeds[random() % seeds.size()];
    for (auto edits = random() % 4; edits > 0; --edits) {
      const auto at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1, c);
          break;
        default:
          text.erase(at, text.size() > 1 ? 1 : 0);
      }
    }
    const bool accepted = nlohmann::json::accept(text);
    if (find_problem(text, depth).has_value() == accepted) FAIL("differs: " << text);
    if (!accepted) continue;
    std::string rebuilt;
    for (const auto& [name, value] : members(text)) {
      rebuilt.append(rebuilt.empty() ? "{" : ",").append(quoted(name)).append(":").append(value);
    }
    if (rebuilt.empty()) continue;
    if (nlohmann::json::parse(rebuilt + "}") != nlohmann::json::parse(text)) FAIL("differs: " << text);
  }
}

}  // namespace
}  // namespace mcprouter::detail
