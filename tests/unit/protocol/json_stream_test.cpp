#include "protocol/json_stream.hpp"

#include <cstddef>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_check.hpp"
#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t depth = 16;

using Words = std::map<std::string, std::string, std::less<>>;

/// Writes down what it is told, and replaces what it has a word for.
class Notes final : public JsonEditor {
 public:
  explicit Notes(Words words = {}, std::string added = {}) : words_(std::move(words)), added_(std::move(added)) {}

  void begins(JsonPaths::Place place, char first) override { told.push_back(std::to_string(place) + first); }
  std::optional<std::string> scalar(JsonPaths::Place place, std::string_view written) override {
    told.push_back(std::to_string(place) + "=" + std::string(written));
    const auto found = words_.find(written);
    return found == words_.end() ? std::nullopt : std::optional(found->second);
  }
  std::string ends(JsonPaths::Place object) override {
    told.push_back(std::to_string(object) + "}");
    return added_;
  }

  std::vector<std::string> told;

 private:
  Words words_;
  std::string added_;
};

/// Feeds a text in pieces of these sizes, over and over. Returns what came out, or nothing if it is no JSON.
std::optional<std::string> pass(std::string_view text, const std::vector<std::size_t>& sizes, const JsonPaths& paths,
                                JsonEditor& editor) {
  JsonStream stream(paths, editor, depth);
  std::string out;
  std::size_t round = 0;
  while (!text.empty()) {
    const std::string piece(text.substr(0, sizes[round++ % sizes.size()]));  // its own memory, for the sanitizer
    text.remove_prefix(piece.size());
    if (!stream.feed(piece, out)) return std::nullopt;
  }
  return stream.finish(out) ? std::optional(out) : std::nullopt;
}

std::optional<std::string> pass(std::string_view text, std::size_t size = 1u << 20) {
  const JsonPaths nothing;
  Notes notes;
  return pass(text, {size}, nothing, notes);
}

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all = {
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"a\u00e9\ud83d\ude00\n"}],"n":[-0,1.5e+3,0.1,12]}})",
      "{\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\":[true,false,null,\"\",{},[]]}",
      "  [ 1 , { \"a\" : [ ] } ]\t",
      R"(["\"\\\/\b\f\n\r\t","\uD800\uDC00","\uFFFF"])",
      "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]",
      "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]",
      R"("\ud800")",
      R"("\udc00")",
      R"("\ud800\ud800")",
      R"("\ud800x")",
      R"("\u12g4")",
      "1e308",
      "1e309",
      "-1e400",
      "1e-400",
      "123456789012345678901234567890",
      "-",
      "01",
      "1.",
      "tru",
      "nullx",
      R"({"a":1,})",
      R"({"a" 1})",
      "{,}",
      "[1 2]",
      "[}",
      "]",
      "",
      " ",
      "\"\x7F\"",
      "\"\xED\xA0\x80\"",
      "\"\xC0\xAF\"",
      "\"\xF4\x90\x80\x80\"",
      "\xEF\xBB\xBF{}",
      std::string("\"\0\"", 3),
      "{} {}",
  };
  return all;
}

TEST_CASE("a JSON text in pieces gets the verdict of the whole, and passes as it came", "[json][stream]") {
  for (const std::string& text : texts()) {
    CAPTURE(text);
    const bool valid = !find_problem(text, depth);
    for (std::size_t size = 1; size <= text.size() + 1; ++size) {
      const auto passed = pass(text, size);
      CHECK(passed.has_value() == valid);
      if (passed) CHECK(*passed == text);
    }
  }
}

TEST_CASE("a JSON text that was damaged gets the verdict of the whole wherever it is cut", "[json][stream][random]") {
  constexpr std::string_view bytes = "{}[]\",:\\u0d8e19.-+ tfn\x80\xC3\xED\xF0\n";
  std::mt19937 random(11);
  for (int round = 0; round < 30'000; ++round) {
    std::string text = texts()[random() % texts().size()];
    for (std::size_t changes = random() % 3; changes > 0 && !text.empty(); --changes) {
      const std::size_t at = random() % text.size();
      const char byte = bytes[random() % bytes.size()];
      switch (random() % 3) {
        case 0:
          text[at] = byte;
          break;
        case 1:
          text.insert(at, 1, byte);
          break;
        default:
          text.erase(at, 1);
          break;
      }
    }
    const JsonPaths nothing;
    Notes notes;
    const auto passed = pass(text, {1 + random() % 9, 1 + random() % 40}, nothing, notes);
    if (passed.has_value() == find_problem(text, depth).has_value()) FAIL(text);
  }
}

TEST_CASE("line ends between values are left out, others cannot be", "[json][stream]") {
  CHECK(pass("{\r\n  \"a\": [\n1,\r2]\n}\n") == R"({  "a": [1,2]})");
  CHECK(pass(R"(["\r\n"])") == R"(["\r\n"])");
}

TEST_CASE("numbers have a longest length", "[json][stream][bound]") {
  CHECK(pass("[0." + std::string(NumberScanner::max_size - 2, '0') + "]", 100));
  CHECK_FALSE(pass("[0." + std::string(NumberScanner::max_size - 1, '0') + "]", 100));
  CHECK(pass(std::string(308, '9')));
  CHECK_FALSE(pass(std::string(310, '9')));
}

TEST_CASE("places are told of in order and their scalars replaced", "[json][stream]") {
  JsonPaths paths;
  const auto id = std::to_string(paths.add({"id"}));
  const auto uri = std::to_string(paths.add({"result", "content", JsonPaths::each, "uri"}));
  const auto result = std::to_string(paths.add({"result"}));
  constexpr std::string_view text =
      R"({"x":{"id":1},"r\u0065sult":{"uri":"a","content":[{"uri":"a"},{"uri":["a"]},"a",{"y":{"uri":"a"},"uri" : "b"}]},"id":"a","content":1})";
  for (std::size_t size = 1; size < text.size(); ++size) {
    Notes notes(Words{{R"("a")", "12345"}});
    CAPTURE(size);
    CHECK(
        pass(text, {size}, paths, notes) ==
        R"({"x":{"id":1},"r\u0065sult":{"uri":"a","content":[{"uri":12345},{"uri":["a"]},"a",{"y":{"uri":"a"},"uri" : "b"}]},"id":12345,"content":1})");
    CHECK(notes.told == std::vector<std::string>{result + "{", uri + "\"", uri + R"(="a")", uri + "[", uri + "\"",
                                                 uri + R"(="b")", result + "}", id + "\"", id + R"(="a")"});
  }
}

TEST_CASE("a value too long to be held passes as it is, and its place is told so", "[json][stream][bound]") {
  JsonPaths paths;
  const auto id = std::to_string(paths.add({"id"}));
  const std::string held = "\"" + std::string(JsonStream::max_held - 2, 'x') + "\"";
  const std::string longer = "\"" + std::string(JsonStream::max_held - 1, 'x') + "\"";
  for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{100'000}}) {
    Notes notes(Words{{held, "1"}, {longer, "2"}, {"", "3"}});
    CHECK(pass("{\"id\":" + held + "}", {size}, paths, notes) == R"({"id":1})");
    CHECK(pass("{\"id\":" + longer + "}", {size}, paths, notes) == "{\"id\":" + longer + "}");
    CHECK(notes.told.back() == id + "=");
    const std::string named = "{" + longer + ":1,\"id\":2}";
    CHECK(pass(named, {size}, paths, notes) == named);
    CHECK(notes.told.back() == id + "=2");
  }
}

TEST_CASE("members are left out and added", "[json][stream]") {
  JsonPaths paths;
  paths.add({"result"});
  paths.leave_out({"result", "a"});
  paths.leave_out({"result", "b"});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {R"({"result":{}})", R"({"result":{"new":1}})"},
      {R"({"result":{"a":[{"b":1},2],"b":"}"}})", R"({"result":{"new":1}})"},
      {R"({"result":{"a":1,"c":2,"b":3,"d":4}})", R"({"result":{"c":2,"d":4,"new":1}})"},
      {R"({"result":{"c":{"a":1},"b":3}})", R"({"result":{"c":{"a":1},"new":1}})"},
      {R"({"result":{ "c" : 1 , "a" : 2 } })", R"({"result":{ "c" : 1   ,"new":1} })"},
      {R"({"a":1,"result":[{"a":1}],"b":2})", R"({"a":1,"result":[{"a":1}],"b":2})"},
  };
  for (const auto& [text, expected] : cases) {
    for (std::size_t size = 1; size <= text.size(); ++size) {
      CAPTURE(text, size);
      Notes notes({}, R"("new":1)");
      auto passed = pass(text, {size}, paths, notes);
      REQUIRE(passed);
      std::erase(*passed, ' ');
      std::string wanted = expected;
      std::erase(wanted, ' ');
      CHECK(*passed == wanted);
    }
  }
}

}  // namespace
}  // namespace mcprouter::detail
