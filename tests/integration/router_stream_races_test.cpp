#include <barrier>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>

#include "support/catch.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;

namespace {

constexpr int kRounds = 64;
const Headers kSse{{"Content-Type", "text/event-stream"}};
const std::string kProgress =
    R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"t","progress":1}})";
const std::string kResult = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";
const std::string kCancel = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})";

/// A writer whose head is not taken before the test lets it.
class HeldBack final : public ResponseWriter {
 public:
  void respond(Response response) override { writer.respond(std::move(response)); }
  void start(ResponseHead head) override {
    reached.set_value();
    go_on.get_future().wait();
    writer.start(std::move(head));
  }
  bool write(std::string_view chunk) override { return writer.write(chunk); }
  void finish() override { writer.finish(); }
  void abort() override { writer.abort(); }
  void listen(std::function<void(Event)> listener) override { writer.listen(std::move(listener)); }

  RecordingWriter writer;
  std::promise<void> reached;
  std::promise<void> go_on;
};

/// A call that is answered by event stream, of which the backend has sent one progress.
struct Call {
  explicit Call(Rig& its_rig) : rig(its_rig), session(rig.open_session()) {
    rig.backend().on("tools/call", [this](const auto& exchange) { backend = exchange; });
    client = rig.start(post_request(session, tracked_call_body("1", "echo", "\"t\"")));
    backend->head(200, kSse);
    say(kProgress);
  }
  void say(const std::string& message) { backend->body("data: " + message + "\n\n"); }
  void answer() {
    say(kResult);
    backend->end();
  }
  /// The connection breaks; the client comes back for what follows the progress.
  [[nodiscard]] Request come_back() const {
    client->tell(ResponseWriter::Event::closed);
    const std::string body = client->response().body;
    const std::size_t at = body.rfind("id: ") + 4;
    Request request;
    request.method = "GET";
    request.headers = {{"Host", "localhost"},
                       {"Accept", "text/event-stream"},
                       {"Mcp-Session-Id", session},
                       {"Last-Event-ID", body.substr(at, body.find('\n', at) - at)}};
    return request;
  }

  Rig& rig;
  std::string session;
  std::shared_ptr<MemoryExchange> backend;
  std::shared_ptr<RecordingWriter> client;
};

void at_once(const std::function<void()>& one, const std::function<void()>& other) {
  std::barrier start(2);
  std::thread thread([&] {
    start.arrive_and_wait();
    one();
  });
  start.arrive_and_wait();
  other();
  thread.join();
}

}  // namespace

TEST_CASE("a client that comes back while its stream ends gets the rest of it once", "[race][SSE-03]") {
  Rig rig({"a"});
  SECTION("the result comes when the connection is attached, and nothing is written yet") {
    Call call(rig);
    const auto back = std::make_shared<HeldBack>();
    std::thread coming([&, request = call.come_back()] { rig.router->handle(request, back); });
    back->reached.get_future().wait();
    call.answer();
    back->go_on.set_value();
    coming.join();
    CHECK(events_of(back->writer.response()) == std::vector<std::string>{kResult});
    CHECK(back->writer.ends() == 1);
  }
  SECTION("at the same time") {
    for (int round = 0; round < kRounds; ++round) {
      Call call(rig);
      const auto back = std::make_shared<RecordingWriter>();
      const Request request = call.come_back();
      at_once([&] { rig.router->handle(request, back); }, [&] { call.answer(); });
      rig.executor.run();
      CHECK(events_of(back->wait()) == std::vector<std::string>{kResult});
      CHECK(back->ends() == 1);
    }
  }
}

TEST_CASE("a call that is cancelled while it is answered ends once", "[race][CAN-03]") {
  Rig rig({"a"});
  SECTION("the response comes before the backend has read that it is cancelled") {
    Call call(rig);
    rig.backend().on("notifications/cancelled", [&](const auto& exchange) {
      call.answer();
      exchange->respond(202, {}, "");
    });
    CHECK(rig.post(call.session, kCancel).status == 202);
    CHECK(events_of(call.client->response()) == std::vector<std::string>{kProgress, kResult});
    CHECK(call.client->ends() == 1);
  }
  SECTION("the response comes after that") {
    Call call(rig);
    CHECK(rig.post(call.session, kCancel).status == 202);
    call.answer();
    CHECK(events_of(call.client->response()) == std::vector<std::string>{kProgress});
    CHECK(call.client->ends() == 1);
  }
  SECTION("at the same time") {
    for (int round = 0; round < kRounds; ++round) {
      Call call(rig);
      const auto cancelling = std::make_shared<RecordingWriter>();
      const Request cancel = post_request(call.session, kCancel);
      at_once([&] { rig.router->handle(cancel, cancelling); }, [&] { call.answer(); });
      rig.executor.run();
      CHECK(cancelling->wait().status == 202);
      const std::vector<std::string> got = events_of(call.client->wait());
      CHECK((got == std::vector<std::string>{kProgress} || got == std::vector<std::string>{kProgress, kResult}));
      CHECK(call.client->ends() == 1);
    }
  }
  // Nothing is left that would take the id: the same one is good for another call.
  Call again(rig);
  again.answer();
  CHECK(again.client->ends() == 1);
}
