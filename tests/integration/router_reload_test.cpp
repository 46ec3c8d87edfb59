#include <algorithm>
#include <latch>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lists.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

const std::string kLog = R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":"x"}})";
const std::string kToolsChanged = R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";

/// Three backends that keep their event streams open; the router begins with some of them.
class ReloadRig : public Rig {
 public:
  explicit ReloadRig(const std::vector<std::size_t>& begin_with) : Rig({"a", "b", "c"}), streams(backends.size()) {
    for (std::size_t i = 0; i < backends.size(); ++i) {
      backend(i).on("GET", [this, i](const auto& exchange) {
        streams[i].push_back(exchange);
        exchange->head(200, kSse);
      });
    }
    reload(begin_with);
    session = open_session();
  }

  [[nodiscard]] std::vector<Backend> only(const std::vector<std::size_t>& indices) const {
    std::vector<Backend> some;
    for (const std::size_t index : indices) {
      some.push_back(configured()[index]);
    }
    return some;
  }
  void reload(const std::vector<std::size_t>& indices) { router->reload({}, only(indices)); }

  std::shared_ptr<RecordingWriter> listen() {
    Request request;
    request.method = "GET";
    request.headers = {{"Host", "localhost"}, {"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}};
    return start(std::move(request));
  }
  /// The second backend has the URL of the third from now on.
  void move_b_to_c() {
    auto moved = only({0, 1});
    moved[1].url = backend(2).url();
    router->reload({}, moved);
    executor.run();
  }
  void list_tools() { ask(*this, session, "tools/list"); }

  std::vector<std::vector<std::shared_ptr<MemoryExchange>>> streams;  ///< That each backend was asked for.
  std::string session;
};

std::vector<std::string> got(const std::shared_ptr<RecordingWriter>& writer) { return events_of(writer->response()); }

}  // namespace

TEST_CASE("a backend that a reload adds is heard by clients that listen, and announced", "[reload][listen]") {
  ReloadRig rig({0, 1});
  const auto writer = rig.listen();
  rig.reload({0, 1, 2});
  rig.executor.run();
  REQUIRE(rig.streams[2].size() == 1);
  CHECK(rig.streams[2][0]->request.headers.get("Mcp-Session-Id") == "c-session-1");
  CHECK(got(writer) == std::vector<std::string>{kToolsChanged});
  rig.streams[2][0]->body("data: " + kLog + "\n\n");
  CHECK(got(writer).back() == kLog);
  CHECK(rig.streams[0].size() == 1);
  CHECK_FALSE(rig.streams[0][0]->cancelled());
}

TEST_CASE("a backend that a reload adds while it is down is announced when it comes up", "[reload][listen]") {
  ReloadRig rig({0, 1});
  const auto writer = rig.listen();
  rig.backend(2).go_down();
  rig.reload({0, 1, 2});
  rig.executor.advance(2s);
  CHECK(got(writer).empty());
  rig.backend(2).come_up();
  rig.executor.advance(60s);
  CHECK(rig.streams[2].size() == 1);
  CHECK(got(writer) == std::vector<std::string>{kToolsChanged});
}

TEST_CASE("the stream of a backend that a reload removes is closed, and its lists are announced", "[reload][listen]") {
  ReloadRig rig({0, 1, 2});
  const auto writer = rig.listen();
  rig.reload({0, 1});
  CHECK(rig.streams[2].at(0)->cancelled());
  CHECK(got(writer) == std::vector<std::string>{kToolsChanged});
  rig.executor.advance(10min);
  CHECK(rig.streams[2].size() == 1);
  CHECK_FALSE(rig.streams[0][0]->cancelled());
}

TEST_CASE("the stream of a backend that a reload changes is opened anew in a new session", "[reload][listen]") {
  ReloadRig rig({0, 1});
  const auto writer = rig.listen();
  rig.move_b_to_c();
  CHECK(rig.streams[1].at(0)->cancelled());
  REQUIRE(rig.streams[2].size() == 1);
  CHECK(rig.streams[2][0]->request.headers.get("Mcp-Session-Id") == "c-session-1");
  CHECK(got(writer) == std::vector<std::string>{kToolsChanged});  // what the client was listed is not known
  rig.streams[2][0]->body("data: " + kLog + "\n\n");
  CHECK(got(writer).back() == kLog);
}

TEST_CASE("a backend that a reload changes is announced only if its lists are others", "[reload][listen]") {
  ReloadRig rig({0, 1});
  const auto writer = rig.listen();
  rig.list_tools();
  SECTION("the same lists") {
    rig.move_b_to_c();
    CHECK(got(writer).empty());
  }
  SECTION("other lists") {
    rig.backend(2).set_tools({"another"});
    rig.move_b_to_c();
    CHECK(got(writer) == std::vector<std::string>{kToolsChanged});
  }
  SECTION("no lists, until it comes up") {
    rig.backend(2).go_down();
    rig.move_b_to_c();
    CHECK(got(writer) == std::vector<std::string>{kToolsChanged});
    rig.backend(2).come_up();
    rig.executor.advance(60s);
    CHECK(got(writer) == std::vector<std::string>{kToolsChanged, kToolsChanged});
  }
}

TEST_CASE("lists of which every name became another are announced", "[reload][listen][names]") {
  ReloadRig rig({0});
  const auto writer = rig.listen();
  rig.backend(1).go_down();
  rig.reload({0, 1});
  CHECK(got(writer) == std::vector<std::string>{kToolsChanged});
}

TEST_CASE("a reload that changes nothing leaves streams alone", "[reload][listen]") {
  ReloadRig rig({0, 1});
  const auto writer = rig.listen();
  rig.reload({1, 0});
  rig.executor.advance(1min);
  CHECK(rig.streams[0].size() == 1);
  CHECK(rig.streams[1].size() == 1);
  CHECK_FALSE(rig.streams[0][0]->cancelled());
  CHECK(got(writer).empty());
}

TEST_CASE("a reload opens no stream for a client that does not listen", "[reload][listen]") {
  ReloadRig rig({0, 1});
  const auto writer = rig.listen();
  writer->tell(ResponseWriter::Event::closed);
  rig.executor.advance(5s);
  REQUIRE(rig.streams[0].at(0)->cancelled());
  rig.reload({0, 1, 2});
  rig.executor.run();
  CHECK(rig.streams[2].empty());
  rig.listen();
  CHECK(rig.streams[2].size() == 1);
}

TEST_CASE("a stream that is opened during a reload is fed by the backends of the new configuration", "[reload][race]") {
  ReloadRig rig({0, 1});
  const auto open_streams = [&rig](std::size_t index) {
    return std::count_if(rig.streams[index].begin(), rig.streams[index].end(),
                         [](const auto& stream) { return !stream->cancelled(); });
  };
  for (int round = 0; round < 100; ++round) {
    rig.reload({0, 1});
    rig.session = rig.open_session();
    std::latch both(2);
    std::thread reloading([&] {
      both.arrive_and_wait();
      rig.reload({0, 2});
    });
    both.arrive_and_wait();
    const auto writer = rig.listen();
    reloading.join();
    rig.executor.run();
    CHECK(open_streams(0) == 1);
    CHECK(open_streams(1) == 0);
    CHECK(open_streams(2) == 1);
    rig.send(delete_request(rig.session));
    CHECK(open_streams(0) + open_streams(2) == 0);
  }
}
