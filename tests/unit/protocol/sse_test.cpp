#include "protocol/sse.hpp"

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t bound = 1u << 20;

/// An event in one line: type, data, id and retry.
std::string shown(const SseEvent& event) {
  return event.type + "|" + event.data + "|" + event.id.value_or("-") + "|" +
         (event.retry ? std::to_string(event.retry->count()) : "-");
}

class Reader {
 public:
  explicit Reader(std::size_t max_event_bytes = bound) : parser_(max_event_bytes) {}
  bool feed(std::string_view chunk) {
    return parser_.feed(chunk, [this](const SseEvent& event) { events_.push_back(shown(event)); });
  }
  [[nodiscard]] const std::vector<std::string>& events() const { return events_; }

 private:
  SseParser parser_;
  std::vector<std::string> events_;
};

std::vector<std::string> read(std::string_view stream) {
  Reader reader;
  CHECK(reader.feed(stream));
  return reader.events();
}

using Events = std::vector<std::string>;

TEST_CASE("an event stream is read by its grammar", "[sse]") {
  struct Case {
    std::string_view stream;
    Events events;
  };
  const std::vector<Case> cases = {
      {"data: a\n\n", {"message|a|-|-"}},
      {"data:a\n\n", {"message|a|-|-"}},
      {"data:  a \n\n", {"message| a |-|-"}},
      {"data: a\ndata:b\ndata\n\n", {"message|a\nb\n|-|-"}},
      {"data:\n\n", {"message||-|-"}},
      {"data\n\n", {"message||-|-"}},
      {"data\ndata\n\n", {"message|\n|-|-"}},
      {"\n\n\n", {}},
      {"event: x\n\n", {}},
      {"event: x\n\ndata: a\n\n", {"message|a|-|-"}},
      {"event: x\ndata: a\n\ndata: b\n\n", {"x|a|-|-", "message|b|-|-"}},
      {"event: x\nevent\ndata: a\n\n", {"message|a|-|-"}},
      {"data: a\nretry: 5\nevent: x\nid: 7\n\n", {"x|a|7|5"}},
      {"id: 1\nid: 2\ndata: a\n\n", {"message|a|2|-"}},
      {"id\ndata: a\n\n", {"message|a||-"}},
      {"id: 1\n\ndata: a\n\ndata: b\n\n", {"message|a|1|-", "message|b|-|-"}},
      {"retry: 9\n\ndata: a\n\n", {"message|a|-|9"}},
      {": comment\n:\n:data: x\ndata: a\n: more\n\n", {"message|a|-|-"}},
      {"Data: a\nDATA: b\n data: c\nunknown: d\ndatax: e\n\n", {}},
      {"data: a:b\n\n", {"message|a:b|-|-"}},
      {"data: a", {}},
      {"data: a\n", {}},
      {"data: a\n\ndata: b\n", {"message|a|-|-"}},
      {"\xEF\xBB\xBF"
       "data: a\n\n",
       {"message|a|-|-"}},
      {"\xEF\xBB\xBF\xEF\xBB\xBF"
       "data: a\n\n",
       {}},
      {"data: a\n\n\xEF\xBB\xBF"
       "data: b\n\n",
       {"message|a|-|-"}},
      {"\xEF\xBB"
       "data: a\n\n",
       {}},
      {"data: a\r\n\r\ndata: b\r\rdata: c\n\ndata: d\r\n\n",
       {"message|a|-|-", "message|b|-|-", "message|c|-|-", "message|d|-|-"}},
      {"data: a\r\ndata: b\rdata: c\n\r\n", {"message|a\nb\nc|-|-"}},
      {"data: a\n\r\n\r\n", {"message|a|-|-"}},
      {"retry: 12x\nretry: -1\nretry: 1.5\nretry:\nretry\ndata: a\n\n", {"message|a|-|-"}},
      {"retry: 007\ndata: a\n\n", {"message|a|-|7"}},
      {"retry: 86400001\ndata: a\n\n", {"message|a|-|86400000"}},
      {"retry: 99999999999999999999999999\ndata: a\n\n", {"message|a|-|86400000"}},
  };
  for (const auto& [stream, events] : cases) {
    CAPTURE(stream);
    CHECK(read(stream) == events);
  }
}

TEST_CASE("an id with NUL is ignored, NUL in data is kept", "[sse]") {
  using namespace std::string_literals;
  CHECK(read("id: 1\nid: 2\0x\ndata: a\0b\n\n"s) == Events{"message|a\0b|1|-"s});
}

TEST_CASE("an unfinished event is finished by what comes later", "[sse]") {
  Reader reader;
  CHECK(reader.feed("data: a"));
  CHECK(reader.feed("\r"));
  CHECK(reader.events().empty());
  CHECK(reader.feed("\n"));
  CHECK(reader.events().empty());
  CHECK(reader.feed("\r"));
  CHECK(reader.events() == Events{"message|a|-|-"});
  CHECK(reader.feed("\ndata: b\n\n"));
  CHECK(reader.events() == Events{"message|a|-|-", "message|b|-|-"});
}

// Everything that the grammar knows, with each line end.
constexpr std::string_view rich_stream =
    "\xEF\xBB\xBF: hello\r\nid: 1\rdata: {\"a\":\r\ndata: 1}\r\n\r\nevent: x\nretry: 20\ndata\n\n\r\r\n"
    "data:\xC3\xA9\r\revent: dropped\r\n\r\nid\ndata: last\n\ndata: unfinished\r";

TEST_CASE("a stream reads the same wherever it is cut in three", "[sse][split]") {
  const Events whole = read(rich_stream);
  REQUIRE(whole == Events{"message|{\"a\":\n1}|1|-", "x||-|20", "message|\xC3\xA9|-|-", "message|last||-"});
  for (std::size_t first = 0; first <= rich_stream.size(); ++first) {
    for (std::size_t second = first; second <= rich_stream.size(); ++second) {
      Reader reader;
      const bool fits = reader.feed(rich_stream.substr(0, first)) &&
                        reader.feed(rich_stream.substr(first, second - first)) &&
                        reader.feed(rich_stream.substr(second));
      if (!fits || reader.events() != whole) FAIL("cut at " << first << " and " << second);
    }
  }
}

TEST_CASE("a stream reads the same in random pieces", "[sse][split][random]") {
  const Events whole = read(rich_stream);
  std::mt19937 random(7);
  for (int round = 0; round < 500; ++round) {
    Reader reader;
    for (std::size_t at = 0; at < rich_stream.size();) {
      const std::size_t size = random() % 6;
      REQUIRE(reader.feed(rich_stream.substr(at, size)));
      at += size;
    }
    if (reader.events() != whole) FAIL("round " << round);
  }
}

TEST_CASE("a megabyte of one line fed byte by byte arrives whole", "[sse]") {
  const std::string data(bound - 100, 'x');
  const std::string stream = "data: " + data + "\n\n";
  SseParser parser(bound);
  std::size_t received = 0;
  const std::function<void(SseEvent)> count = [&](const SseEvent& event) { received += event.data.size(); };
  bool fits = true;
  for (const char& byte : stream) fits = fits && parser.feed({&byte, 1}, count);
  CHECK(fits);
  CHECK(received == data.size());
}

TEST_CASE("a line beyond the bound ends the reading", "[sse][bound]") {
  const std::string longest = "data: " + std::string(26, 'x');
  Reader fits(32);
  CHECK(fits.feed(longest + "\n\n"));
  CHECK(fits.events().size() == 1);

  Reader whole(32);
  CHECK_FALSE(whole.feed(longest + "x\n\n"));
  Reader pieces(32);
  CHECK(pieces.feed(longest));
  CHECK_FALSE(pieces.feed("x"));
  CHECK_FALSE(pieces.feed("\n\ndata: a\n\n"));
  CHECK(pieces.events().empty());
  Reader comment(32);
  CHECK_FALSE(comment.feed(":" + std::string(32, 'x')));
}

TEST_CASE("an event of many lines is bounded like a line", "[sse][bound]") {
  Reader empty_lines(32);
  for (int i = 0; i < 32; ++i) CHECK(empty_lines.feed("data\n"));
  CHECK_FALSE(empty_lines.feed("data\n"));
  CHECK_FALSE(empty_lines.feed("\n"));
  CHECK(empty_lines.events().empty());

  Reader with_fields(32);
  CHECK(with_fields.feed("data: 123456789\nevent: 123456789\n"));
  CHECK_FALSE(with_fields.feed("id: 12345678901234\n"));
}

TEST_CASE("what came before an overrun has arrived, and the bound is for each event alone", "[sse][bound]") {
  Reader reader(32);
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "data: 12345678\n\n";
  CHECK(reader.feed(stream));
  CHECK_FALSE(reader.feed("data: a\n\n" + std::string(33, ':')));
  CHECK(reader.events().size() == 101);
}

/// Reads a stream of which everything is large, in pieces of one size, and puts the parts together.
class PartsReader {
 public:
  PartsReader(std::size_t max_event_bytes, std::size_t max_gathered) : parser_(max_event_bytes, max_gathered) {}
  bool feed(std::string_view chunk) {
    return parser_.feed(chunk, [this](SseEvent event) {
      largest_ = std::max(largest_, event.data.size());
      event.data.insert(0, gathered_);
      gathered_.clear();
      if (event.more) {
        ++parts_;
        gathered_ = std::move(event.data);
      } else {
        events_.push_back(shown(event));
      }
    });
  }
  [[nodiscard]] const Events& events() const { return events_; }
  [[nodiscard]] std::size_t parts() const { return parts_; }
  [[nodiscard]] std::size_t largest() const { return largest_; }
  [[nodiscard]] const std::string& unfinished() const { return gathered_; }

 private:
  SseParser parser_;
  std::string gathered_;
  Events events_;
  std::size_t parts_ = 0;
  std::size_t largest_ = 0;
};

TEST_CASE("the parts of large events make the same events, wherever they are cut", "[sse][split]") {
  const Events whole = read(rich_stream);
  const std::string marked =
      "\xEF\xBB\xBF"
      "data: first line\rdata:  \n\n";
  for (const std::size_t gathered : {1u, 2u, 5u, 9u, 40u}) {
    for (std::size_t size = 1; size <= rich_stream.size(); ++size) {
      CAPTURE(gathered, size);
      PartsReader reader(bound, gathered);
      for (std::size_t at = 0; at < rich_stream.size(); at += size) REQUIRE(reader.feed(rich_stream.substr(at, size)));
      CHECK(reader.events() == whole);
      PartsReader with_mark(bound, gathered);
      for (std::size_t at = 0; at < marked.size(); at += size) {
        REQUIRE(with_mark.feed(std::string_view(marked).substr(at, size)));
      }
      CHECK(with_mark.events() == Events{"message|first line\n |-|-"});
    }
  }
}

TEST_CASE("an event is handed on in parts once it is larger than what is gathered", "[sse][bound]") {
  PartsReader reader(64, 32);
  CHECK(reader.feed("id: 7\ndata: " + std::string(20, 'a') + "\n"));
  CHECK(reader.parts() == 0);
  CHECK(reader.feed("data: " + std::string(20, 'b')));
  CHECK(reader.unfinished() == std::string(20, 'a') + "\n" + std::string(20, 'b'));
  const std::size_t parts = reader.parts();
  CHECK(reader.feed(std::string(1000, 'c')));
  CHECK(reader.largest() <= 64);
  CHECK(reader.parts() > parts + 10);
  CHECK(reader.feed("\n\ndata: next\n\n"));
  REQUIRE(reader.events().size() == 2);
  CHECK(reader.events()[0] ==
        "message|" + std::string(20, 'a') + "\n" + std::string(20, 'b') + std::string(1000, 'c') + "|7|-");
  CHECK(reader.events()[1] == "message|next|-|-");
}

TEST_CASE("what is no data is bounded in large events too", "[sse][bound]") {
  PartsReader reader(64, 32);
  CHECK(reader.feed("data: " + std::string(100, 'a') + "\n"));
  CHECK_FALSE(reader.feed("id: " + std::string(100, 'b') + "\n"));
}

TEST_CASE("an event that is written reads back", "[sse]") {
  CHECK(sse_event("{}") == "data: {}\n\n");
  CHECK(sse_event("{}", "7", "x") == "event: x\nid: 7\ndata: {}\n\n");
  CHECK(sse_event("") == "data: \n\n");
  CHECK(read(sse_event("", "7")) == Events{"message||7|-"});
  CHECK(read(sse_event(" a", " 7", " x")) == Events{" x| a| 7|-"});
  CHECK(read(sse_event("{\r\n\"a\":\r1\n}\n")) == Events{"message|{\n\"a\":\n1\n}\n|-|-"});
  CHECK(sse_event("\r\r\n\n") == "data: \ndata: \ndata: \ndata: \n\n");
}

TEST_CASE("an id or type cannot break out of its line", "[sse]") {
  CHECK(sse_event("a", "1\ndata: evil", "x\r\n\r\ndata: evil") == "data: a\n\n");
  CHECK(sse_event("a", std::string_view("1\0", 2)) == "data: a\n\n");
}

TEST_CASE("a comment is no event", "[sse]") {
  CHECK(read(sse_comment() + "data: a\n\n" + sse_comment()) == Events{"message|a|-|-"});
}

}  // namespace
}  // namespace mcprouter::detail
