#include "backend/message_stream.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/memory_http.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {
namespace {

using namespace mcprouter::test;
using Kind = Incoming::Kind;

constexpr std::size_t kMaxMessage = 1u << 20;
constexpr std::string_view kUrl = "http://a.test/mcp";

Task<void> take_into(std::shared_ptr<MessageStream> stream, std::optional<Incoming>& taken) {
  Incoming next = co_await stream->next();
  taken = std::move(next);
}

/// The answer of a backend, from both ends.
class Answer {
 public:
  Answer(std::string_view type, Large large, const std::string& length = {}) {
    http_.serve(std::string(kUrl), [this](auto exchange) { backend = std::move(exchange); });
    HttpRequest request;
    request.method = "POST";
    request.url = kUrl;
    stream = MessageStream::open(http_, executor_, std::make_shared<LiveStreams>(), std::move(request), kMaxMessage,
                                 MessageStream::ErrorBodies::skip, large);
    Headers headers{{"Content-Type", std::string(type)}};
    if (!length.empty()) headers.add("Content-Length", length);
    backend->head(200, std::move(headers));
  }
  ~Answer() { backend->cancel(); }

  /// What `next` returns at once.
  Incoming take() {
    if (!stream->ready()) {
      return {Kind::failed, "nothing yet", HttpFailure::none, {}};
    }
    std::optional<Incoming> taken;
    detach(take_into(stream, taken));
    return std::move(*taken);
  }

  std::shared_ptr<MemoryExchange> backend;
  std::shared_ptr<MessageStream> stream;

 private:
  ManualExecutor executor_;
  MemoryHttp http_;
};

std::string result_of(std::size_t size) {
  return R"({"jsonrpc":"2.0","id":1,"result":")" + std::string(size, 'x') + "\"}";
}

std::string notification_of(std::size_t size) {
  return R"({"jsonrpc":"2.0","method":"notifications/x","params":{"x":")" + std::string(size, 'x') + "\"}}";
}

}  // namespace

TEST_CASE("a message of ordinary size comes whole, however it was cut", "[stream][large]") {
  const std::string text = result_of(kLargeMessage / 2);
  Answer json("application/json", Large::in_parts);
  json.backend->body(text.substr(0, 1000));
  json.backend->body(text.substr(1000));
  CHECK_FALSE(json.stream->ready());
  json.backend->end();
  CHECK(json.take().text == text);
  CHECK(json.take().kind == Kind::end);

  Answer sse("text/event-stream", Large::in_parts);
  sse.backend->body("data: " + text.substr(0, 1000));
  sse.backend->body(text.substr(1000) + "\n\ndata: {}\n\n");
  CHECK(sse.take().text == text);
  CHECK(sse.take().text == "{}");
}

TEST_CASE("a large result comes in parts before the backend has ended it", "[stream][large]") {
  const std::string text = result_of(kLargeMessage * 4);
  const std::string small = result_of(1);
  const bool is_json = GENERATE(true, false);
  Answer answer(is_json ? "application/json" : "text/event-stream", Large::in_parts);
  if (!is_json) {
    answer.backend->body("data: " + small + "\n\nid: 7\ndata: ");
  }
  std::string got;
  std::size_t most = 0;
  std::vector<Kind> kinds;
  const auto take_all = [&] {
    while (answer.stream->ready()) {
      Incoming next = answer.take();
      if (next.kind == Kind::end) {
        break;
      }
      kinds.push_back(next.kind);
      most = std::max(most, next.text.size());
      got += next.text;
    }
  };
  for (std::size_t at = 0; at < text.size(); at += 10'000) {
    answer.backend->body(text.substr(at, 10'000));
    take_all();
  }
  CHECK(got.size() > text.size() - 10'000);
  if (!is_json) {
    answer.backend->body("\n\n");
  }
  answer.backend->end();
  take_all();
  CHECK(got == (is_json ? "" : small) + text);
  CHECK(most <= kLargeMessage + 10'000);
  CHECK(kinds.front() == (is_json ? Kind::part : Kind::message));
  CHECK(kinds.back() == Kind::last_part);
  CHECK(answer.stream->resume_point().last_event_id == (is_json ? "" : "7"));
}

TEST_CASE("a result that is said to be large comes in parts from its beginning", "[stream][large]") {
  const std::string text = result_of(kLargeMessage);
  Answer large("application/json", Large::in_parts, std::to_string(text.size()));
  large.backend->body(text.substr(0, 1'000));
  CHECK_FALSE(large.stream->ready());
  large.backend->body(text.substr(1'000, 10'000));
  const Incoming begun = large.take();
  CHECK(begun.kind == Kind::part);
  CHECK(begun.text == text.substr(0, 11'000));

  Answer ordinary("application/json", Large::in_parts, std::to_string(kLargeMessage));
  ordinary.backend->body(text.substr(0, 11'000));
  CHECK_FALSE(ordinary.stream->ready());
}

TEST_CASE("parts that wait pause the backend", "[stream][large][back-pressure]") {
  Answer answer("application/json", Large::in_parts);
  const std::string text = result_of(kLargeMessage * 2);
  answer.backend->body(text.substr(0, kLargeMessage + 1));
  CHECK(answer.backend->pauses() == 1);
  answer.backend->body(text.substr(kLargeMessage + 1));
  CHECK(answer.backend->undelivered() == 1);
  CHECK(answer.take().kind == Kind::part);
  CHECK(answer.backend->undelivered() == 0);
}

TEST_CASE("a large message that is no result, or is wanted whole, is gathered up to the bound",
          "[stream][large][bound]") {
  Answer answer("text/event-stream", Large::in_parts);
  const std::string fits = notification_of(kMaxMessage - 100);
  answer.backend->body("data: " + fits + "\n\n");
  CHECK(answer.take().text == fits);
  answer.backend->body("data: " + notification_of(kMaxMessage) + "\n\ndata: {}\n\n");
  CHECK(answer.take().kind == Kind::too_large);

  Answer whole("application/json", Large::whole);
  const std::string response = result_of(kMaxMessage - 100);
  whole.backend->body(response);
  whole.backend->end();
  CHECK(whole.take().text == response);
  Answer larger("application/json", Large::whole);
  larger.backend->body(result_of(kMaxMessage));
  CHECK(larger.take().kind == Kind::too_large);
}

TEST_CASE("a large result that breaks off has no last part", "[stream][large]") {
  Answer json("application/json", Large::in_parts);
  json.backend->body(result_of(kLargeMessage));
  json.backend->fail(HttpFailure::broken);
  CHECK(json.take().kind == Kind::part);
  CHECK(json.take().kind == Kind::failed);

  Answer sse("text/event-stream", Large::in_parts);
  sse.backend->body("data: " + result_of(kLargeMessage) + "\n");
  sse.backend->end();
  CHECK(sse.take().kind == Kind::part);
  CHECK(sse.take().kind == Kind::end);
}

}  // namespace mcprouter::detail
