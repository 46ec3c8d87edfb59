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
    Request request;
    request.method = "GET";
    request.headers = {{"Host", "localhost"},
                       {"Accept", "text/event-stream"},
                       {"Mcp-Session-Id", session},
                       {"Last-Event-ID", last_event_id(client->response())}};
    return request;
  }

  Rig& rig;
  std::string session;
  std::shared_ptr<MemoryExchange> backend;
  std::shared_ptr<RecordingWriter> client;
};

}  // namespace

TEST_CASE("a result that comes while its client's new connection is attached is written once", "[race][SSE-03]") {
  Rig rig({"a"});
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

TEST_CASE("a call that is cancelled while it is answered ends once", "[race][CAN-03]") {
  Rig rig({"a"});
  SECTION("the response comes while the backend reads that it is cancelled") {
    Call call(rig);
    rig.backend().on("notifications/cancelled", [&](const auto& exchange) {
      call.answer();
      exchange->respond(202, {}, "");
    });
    CHECK(rig.post(call.session, kCancel).status == 202);
    CHECK(events_of(call.client->response()) == std::vector<std::string>{kProgress});
    CHECK(call.client->ends() == 1);
  }
  SECTION("the response comes after that") {
    Call call(rig);
    CHECK(rig.post(call.session, kCancel).status == 202);
    call.answer();
    CHECK(events_of(call.client->response()) == std::vector<std::string>{kProgress});
    CHECK(call.client->ends() == 1);
  }
  // Nothing is left that would take the id: the same one is good for another call.
  Call again(rig);
  again.answer();
  CHECK(again.client->ends() == 1);
}
