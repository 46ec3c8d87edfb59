#include "live/live_session.hpp"

#include <atomic>
#include <latch>
#include <memory>
#include <string>
#include <thread>

#include "support/catch.hpp"
#include "support/manual_executor.hpp"
#include "support/recording_writer.hpp"

using namespace mcprouter;
using namespace mcprouter::detail;
using namespace mcprouter::test;

TEST_CASE("a stream whose client is not there yet keeps its first event when too much is kept", "[live][streams]") {
  ManualExecutor executor;
  SessionRecord session;
  session.protocol_version = "2025-11-25";
  const auto options = std::make_shared<RouterOptions>();
  const auto live = std::make_shared<LiveSession>(executor, session, options);
  const auto opened = live->open_answer();

  const auto other = live->open_answer();
  other->attach(std::make_shared<RecordingWriter>(), {}, 0, nullptr);
  other->add(std::string(options->limits.max_replay_bytes + 1, 'x'));
  live->keep_within_bounds();

  const auto client = std::make_shared<RecordingWriter>();
  CHECK(opened->attach(client, {}, 0, nullptr) == ClientStream::Attached::yes);
  CHECK(client->response().body.find("retry: ") != std::string::npos);
  live->close();
}

TEST_CASE("a writer is used by one thread at a time, from the first moment on", "[live][streams][race]") {
  /// Takes its time to remember who listens.
  class SlowToListen final : public ResponseWriter {
   public:
    void respond(Response) override {}
    void start(ResponseHead) override { started = true; }
    bool write(std::string_view) override { return true; }
    void finish() override {}
    void abort() override {}
    void listen(std::function<void(Event)>) override {
      listening.count_down();
      go_on.wait();
    }
    std::latch listening{1};
    std::latch go_on{1};
    std::atomic<bool> started{false};
  };
  ManualExecutor executor;
  SessionRecord session;
  session.protocol_version = "2025-11-25";
  const auto live = std::make_shared<LiveSession>(executor, session, std::make_shared<RouterOptions>());
  const auto stream = live->open_answer();
  const auto writer = std::make_shared<SlowToListen>();
  std::thread client([&] { stream->attach(writer, {}, 0, nullptr); });
  writer->listening.wait();
  stream->add("{}");
  CHECK_FALSE(writer->started);
  writer->go_on.count_down();
  client.join();
  CHECK(writer->started);
  live->close();
}
