#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/modern_client.hpp"
#include "support/rig.hpp"

using namespace mcprouter;
using namespace mcprouter::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kMany = 64;
constexpr int kRounds = 100;

/// Holds exchanges back until the test lets them go.
class Gate {
 public:
  void hold(std::shared_ptr<MemoryExchange> exchange) {
    const std::lock_guard lock(mutex_);
    held_.push_back(std::move(exchange));
    changed_.notify_all();
  }
  std::vector<std::shared_ptr<MemoryExchange>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_.size() >= count; });
    return held_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<MemoryExchange>> held_;
};

/// Lets two threads go at the same moment, and waits for both.
template <typename One, typename Other>
void at_once(One one, Other other) {
  std::latch both(2);
  std::thread first([&] {
    both.arrive_and_wait();
    one();
  });
  std::thread second([&] {
    both.arrive_and_wait();
    other();
  });
  first.join();
  second.join();
}

/// `request` makes that of the number that it is given.
template <typename MakeRequest>
std::vector<std::shared_ptr<RecordingWriter>> start_many(Rig& rig, MakeRequest request) {
  std::vector<std::shared_ptr<RecordingWriter>> writers;
  for (std::size_t i = 0; i < kMany; ++i) {
    writers.push_back(std::make_shared<RecordingWriter>());
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kMany; ++i) {
    threads.emplace_back([&, i] { rig.router->handle(request(i), writers[i]); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  return writers;
}

std::vector<std::shared_ptr<RecordingWriter>> start_many(Rig& rig, const std::string& session) {
  return start_many(rig, [&](std::size_t i) { return post_request(session, call_body(std::to_string(i), "echo")); });
}

/// Lets the backend serve them as usual, all at once.
void serve_at_once(Rig& rig, const std::vector<std::shared_ptr<MemoryExchange>>& held) {
  std::vector<std::thread> threads;
  for (const auto& exchange : held) {
    threads.emplace_back([&, exchange] { rig.backend().serve_as_usual(exchange); });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
}

void check_all_succeeded(const std::vector<std::shared_ptr<RecordingWriter>>& writers) {
  for (std::size_t i = 0; i < writers.size(); ++i) {
    const Response response = writers[i]->wait();
    CHECK(response.status == 200);
    CHECK(response.body.find("\"id\":" + std::to_string(i) + ",\"result\"") != std::string::npos);
  }
}

}  // namespace

TEST_CASE("64 concurrent first calls make exactly one upstream initialize", "[race]") {
  Rig rig({"a"});
  const std::string session = rig.open_session();
  Gate gate;
  rig.backend().on("initialize", [&](const auto& exchange) { gate.hold(exchange); });
  const auto writers = start_many(rig, session);  // every one of them waits when this returns
  const auto held = gate.wait_for(1);
  CHECK(held.size() == 1);
  CHECK(rig.backend().count("tools/call") == 0);
  rig.backend().serve_as_usual(held[0]);
  check_all_succeeded(writers);
  CHECK(rig.backend().count("initialize") == 1);
  CHECK(rig.backend().count("notifications/initialized") == 1);
  CHECK(rig.backend().count("tools/call") == kMany);
}

TEST_CASE("64 concurrent 404s make exactly one new initialize and all calls succeed", "[race]") {
  Rig rig({"a"});
  const std::string session = rig.open_session();
  rig.post(session, call_body("0", "echo"));
  Gate calls;
  std::atomic<std::size_t> held_back{0};
  rig.backend().on("tools/call", [&](const auto& exchange) {
    if (held_back.fetch_add(1) < kMany) {
      calls.hold(exchange);
    } else {
      rig.backend().serve_as_usual(exchange);
    }
  });
  const auto writers = start_many(rig, session);
  const auto held = calls.wait_for(kMany);
  rig.backend().forget_sessions();
  serve_at_once(rig, held);
  check_all_succeeded(writers);
  CHECK(rig.backend().count("initialize") == 2);
  CHECK(rig.backend().live_sessions() == 1);
  CHECK(rig.observer.count("upstream_lost") == 1);
}

TEST_CASE("64 concurrent 404s of calls that listen have one stream opened in the new session, which ends with them",
          "[race][modern][recovery]") {
  Rig rig({"a"});
  std::vector<Backend> backends = rig.configured();
  backends[0].affinity = Affinity::shared;
  rig.router->reload({}, std::move(backends));
  Gate streams;
  rig.backend().on("GET", [&](const auto& exchange) {
    exchange->head(200, kSse);
    streams.hold(exchange);
  });
  std::optional<Gate> calls(std::in_place);
  rig.backend().on("tools/call", [&](const auto& exchange) { calls->hold(exchange); });
  const auto writers = start_many(rig, [](std::size_t i) {
    return modern_request(i, "tools/call", {{"name", "echo"}}, everything());
  });
  const auto lost = calls->wait_for(kMany);
  REQUIRE(lost.size() == kMany);
  CHECK(streams.wait_for(1).size() == 1);
  rig.backend().forget_sessions();
  calls.emplace();
  serve_at_once(rig, lost);
  const auto again = calls->wait_for(kMany);
  const auto opened = streams.wait_for(2);
  REQUIRE(opened.size() == 2);
  CHECK(opened[0]->cancelled());
  CHECK(rig.backend().knows(opened[1]->request));
  CHECK_FALSE(opened[1]->cancelled());
  serve_at_once(rig, again);
  check_all_succeeded(writers);
  CHECK(opened[1]->cancelled());
  CHECK(streams.wait_for(2).size() == 2);
  CHECK(rig.backend().count("initialize") == 2);
}

TEST_CASE("the loser of a race for the store ends its own upstream session and uses the winner's", "[race]") {
  // Two nodes share a store: each has its own single flight.
  Rig rig({"a"});
  BackendSessionManager other_upstreams(rig.http, rig.executor, rig.store);
  Router other({rig.http, rig.executor, rig.store, other_upstreams}, {}, rig.configured());
  const std::string session = rig.open_session();
  Gate gate;
  rig.backend().on("initialize", [&](const auto& exchange) { gate.hold(exchange); });
  const auto here = rig.start(post_request(session, call_body("1", "echo")));
  const auto there = std::make_shared<RecordingWriter>();
  other.handle(post_request(session, call_body("2", "echo")), there);
  const auto held = gate.wait_for(2);
  rig.backend().serve_as_usual(held[0]);
  rig.backend().serve_as_usual(held[1]);
  CHECK(here->wait().status == 200);
  CHECK(there->wait().status == 200);
  CHECK(rig.backend().live_sessions() == 1);
  REQUIRE(rig.backend().count("DELETE") == 1);
  CHECK(rig.backend().seen("DELETE")[0].headers.get("Mcp-Session-Id") == "a-session-2");
  for (const Seen& call : rig.backend().seen("tools/call")) {
    CHECK(call.headers.get("Mcp-Session-Id") == "a-session-1");
  }
}

TEST_CASE("sessions opened, used and deleted from many threads leave nothing behind", "[race]") {
  Rig rig({"a", "b"});
  std::atomic<int> failures{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const Response opened =
            rig.router->handle(post_request({}, initialize_body("2025-11-25", "client" + std::to_string(t))));
        const std::string session(opened.headers.get("Mcp-Session-Id"));
        const bool ok = rig.router->handle(post_request(session, call_body("1", "a__echo"))).status == 200 &&
                        rig.router->handle(post_request(session, call_body("2", "b__echo"))).status == 200 &&
                        rig.router->handle(delete_request(session)).status == 202 &&
                        rig.router->handle(delete_request(session)).status == 404;
        failures += ok ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(failures == 0);
  CHECK(rig.store.size() == 0);
  CHECK(rig.backend(0).live_sessions() == 0);
  CHECK(rig.backend(1).live_sessions() == 0);
}

TEST_CASE("deletes, calls and reloads at the same time all get an answer and leave nothing upstream", "[race]") {
  Rig rig({"a"});
  std::atomic<bool> stop{false};
  std::thread reloader([&] {
    for (int i = 0; i < 50 && !stop; ++i) {
      std::vector<Backend> changed = rig.configured();
      changed[0].headers.set = {{"X-Round", std::to_string(i % 3)}};
      rig.router->reload({}, changed);
    }
  });
  std::atomic<int> failures{0};
  for (int i = 0; i < 40; ++i) {
    const std::string session = rig.open_session();
    std::thread caller([&] {
      const int status = rig.router->handle(post_request(session, call_body("1", "echo"))).status;
      failures += status == 200 || status == 404 ? 0 : 1;
    });
    std::thread deleter([&] { failures += rig.router->handle(delete_request(session)).status == 202 ? 0 : 1; });
    caller.join();
    deleter.join();
  }
  stop = true;
  reloader.join();
  CHECK(failures == 0);
  CHECK(rig.backend().live_sessions() == 0);
  CHECK(rig.store.size() == 0);
}

TEST_CASE("a client that resumes a stream while the response is put at its end gets it exactly once",
          "[race][resume][RSM-02]") {
  Rig rig({"a"});
  Gate gate;
  rig.backend().on("tools/call", [&](const auto& exchange) { gate.hold(exchange); });
  const std::string session = rig.open_session();
  for (std::size_t round = 1; round <= kRounds; ++round) {
    const std::string response = R"({"jsonrpc":"2.0","id":)" + std::to_string(round) + R"(,"result":{"content":[]}})";
    const auto lost = rig.start(post_request(session, call_body(std::to_string(round), "echo")));
    const auto held = gate.wait_for(round).back();
    held->head(200, kSse);
    Request resume;
    resume.method = "GET";
    resume.headers = {{"Host", "localhost"}, {"Accept", "text/event-stream"}, {"Mcp-Session-Id", session}};
    resume.headers.add("Last-Event-ID", last_event_id(lost->response()));
    const auto resumed = std::make_shared<RecordingWriter>();
    at_once([&] { held->body("data: " + response + "\n\n"); }, [&] { rig.router->handle(resume, resumed); });
    // Whatever the lost connection got before it was cut, the resumed one has everything after the client's last event.
    REQUIRE(resumed->ends() == 1);
    CHECK_FALSE(resumed->aborted());
    CHECK(events_of(resumed->response()) == std::vector<std::string>{response});
    CHECK(lost->ends() == 1);
    CHECK(events_of(lost->response()).size() <= 1);
  }
  rig.executor.advance(2min);
  CHECK(rig.executor.timers() == 1);  // the one that looks for expired sessions
}

TEST_CASE("a cancellation that meets the response has one outcome, and leaves nothing", "[race][cancel][CAN-03]") {
  Rig rig({"a"});
  Gate gate;
  rig.backend().on("tools/call", [&](const auto& exchange) { gate.hold(exchange); });
  const std::string session = rig.open_session();
  int answered = 0;
  for (std::size_t round = 1; round <= kRounds; ++round) {
    // The id is the same each time: one left over would be found.
    const std::string response = R"({"jsonrpc":"2.0","id":7,"result":{"content":[]}})";
    const std::string cancel = R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}})";
    const auto writer = rig.start(post_request(session, call_body("7", "echo")));
    const auto held = gate.wait_for(round).back();
    held->head(200, kSse);
    const auto cancelled = std::make_shared<RecordingWriter>();
    at_once([&] { held->body("data: " + response + "\n\n"); },
            [&] { rig.router->handle(post_request(session, cancel), cancelled); });
    REQUIRE(writer->ends() == 1);
    CHECK_FALSE(writer->aborted());
    CHECK(cancelled->response().status == 202);
    const auto events = events_of(writer->response());
    CHECK((events.empty() || events == std::vector<std::string>{response}));
    answered += events.empty() ? 0 : 1;
    const std::size_t told = rig.backend().count("notifications/cancelled");
    CHECK(rig.post(session, cancel).status == 202);
    CHECK(rig.backend().count("notifications/cancelled") == told);
  }
  CHECK(rig.observer.count("request_done tools/call a ok") == static_cast<std::size_t>(answered));
  CHECK(rig.observer.count("request_done tools/call a cancelled") == static_cast<std::size_t>(kRounds - answered));
  rig.executor.advance(2min);
  CHECK(rig.executor.timers() == 1);  // the one that looks for expired sessions
}
