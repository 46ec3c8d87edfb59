#include "live/live_session.hpp"

#include <memory>
#include <string>

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
