#include "protocol/media.hpp"

#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace mcprouter::detail {
namespace {

TEST_CASE("Accept weighs the two forms of an answer", "[media]") {
  struct Case {
    std::string_view accept;
    double json;
    double sse;
  };
  const std::vector<Case> cases = {
      {"application/json, text/event-stream", 1, 1},
      {"application/json,text/event-stream;q=0.5", 1, 0.5},
      {"text/event-stream", 0, 1},
      {"application/json", 1, 0},
      {"APPLICATION/Json;Q=0.3, Text/Event-Stream ; q=0.7", 0.3, 0.7},
      {"*/*", 1, 1},
      {"*/*;q=0.1, application/json", 1, 0.1},
      {"application/*;q=0.4, text/*;q=0.6", 0.4, 0.6},
      {"text/html, image/gif, *; q=.2, */*; q=.2", 0.2, 0.2},
      {"application/json;q=0, */*", 0, 1},
      {"*/*, text/*;q=0.5, text/event-stream;q=0", 1, 0},
      {"text/event-stream;q=0.2, text/*;q=0.9, */*;q=1", 1, 0.2},
      {"application/json;q=0.2, application/json;q=0.8", 0.8, 0},
      {"application/json;charset=utf-8", 1, 0},
      {"application/json;charset=utf-8;q=0.4, application/json;q=0.3", 0.3, 0},
      {"application/json;q=0.5;ext=1", 0.5, 0},
      {"application/json;profile=\"a,b;q=0\";q=0.6, text/event-stream", 0.6, 1},
      {"text/html", 0, 0},
      {"application/json-seq, application/jsonx, xapplication/json", 0, 0},
      {"", 1, 1},
      {" , ,", 1, 1},
      {"application/json;q=1.000", 1, 0},
      {"application/json;q=0.", 0, 0},
      {"application/json;q=0.001", 0.001, 0},
  };
  for (const auto& [value, json, sse] : cases) {
    CAPTURE(value);
    const Accept accept = read_accept({{"accept", std::string(value)}});
    CHECK(accept.json == json);
    CHECK(accept.sse == sse);
  }
}

TEST_CASE("malformed ranges in Accept are ignored", "[media]") {
  for (const std::string_view range :
       {"application/json;q=2", "application/json;q=1.001", "application/json;q=-1",
        "application/json;q=", "application/json;q=0.1234", "application/json;q=.", "application/json;q=a",
        "application/json;q", "json", "/json", "application/", "application/json;=1", "application/json;a=\"b",
        "application /json", "application/json x"}) {
    CAPTURE(range);
    const Accept accept = read_accept({{"Accept", std::string(range)}});
    CHECK(accept.json == 0);
    CHECK(accept.sse == 0);
    CHECK(read_accept({{"Accept", "text/event-stream;q=0.5, " + std::string(range)}}).sse == 0.5);
  }
}

TEST_CASE("no Accept is both, several lines are one list", "[media]") {
  CHECK(read_accept({}).json == 1);
  CHECK(read_accept({}).sse == 1);
  const Accept accept =
      read_accept({{"Accept", "application/json"}, {"X", "y"}, {"ACCEPT", "text/event-stream;q=0.5"}});
  CHECK(accept.json == 1);
  CHECK(accept.sse == 0.5);
}

TEST_CASE("a content type is JSON whatever its case and parameters", "[media]") {
  for (const std::string_view type :
       {"application/json", "Application/JSON", "application/json; charset=utf-8", "application/json;charset=\"UTF-8\"",
        "  application/json ;", "application/json;;x=y", "application/json; charset=\"ut\\f-8\""}) {
    CAPTURE(type);
    CHECK(is_json(type));
    CHECK_FALSE(is_sse(type));
  }
}

TEST_CASE("a content type that is not JSON in UTF-8 is not JSON", "[media]") {
  for (const std::string_view type :
       {"", "json", "text/plain", "text/plain; application/json", "application/json-rpc", "application/json, text/html",
        "application/json; charset=latin1", "application/json; charset=utf-8; charset=utf-16",
        "application/json; charset", "application/json; charset=\"utf-8", "application/*", "application/json/x",
        "application/x-www-form-urlencoded", "multipart/form-data; a=application/json"}) {
    CAPTURE(type);
    CHECK_FALSE(is_json(type));
  }
}

TEST_CASE("a content type is an event stream whatever its case and parameters", "[media]") {
  CHECK(is_sse("text/event-stream"));
  CHECK(is_sse("Text/Event-Stream;charset=utf-8"));
  CHECK_FALSE(is_sse("text/event-streams"));
  CHECK_FALSE(is_sse("text/plain"));
  CHECK_FALSE(is_sse(""));
}

}  // namespace
}  // namespace mcprouter::detail
