#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "integration/exchange_recorder.hpp"
#include "integration/raw_sockets.hpp"
#include "mcprouter/asio.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;

namespace {

void check_exchange(AsioEngine& engine) {
  test::RawServer server;
  const test::Call call = test::begin(engine.client(), test::post(server.url()));
  test::RawConnection backend = server.accept();
  backend.read_message();
  backend.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  CHECK(call.events->end().failure == HttpFailure::none);
}

void check_timer(AsioEngine& engine) {
  std::promise<void> timed;
  engine.executor().post_after(1ms, [&] { timed.set_value(); });
  CHECK(timed.get_future().wait_for(20s) == std::future_status::ready);
}

}  // namespace

TEST_CASE("work stays on the loop that it comes from", "[asio][executor]") {
  AsioOptions options;
  options.threads = 2;
  AsioEngine engine(options);
  std::promise<bool> same;
  engine.executor().post([&] {
    const auto here = std::this_thread::get_id();
    engine.executor().post([&, here] { same.set_value(here == std::this_thread::get_id()); });
  });
  CHECK(same.get_future().get());
}

TEST_CASE("timers are cancelled from any thread, by the id alone", "[asio][executor][race]") {
  AsioOptions options;
  options.threads = 3;
  AsioEngine engine(options);
  std::atomic<int> ran = 0;
  std::vector<Executor::TimerId> timers;
  for (int i = 0; i < 100; ++i) timers.push_back(engine.executor().post_after(1h, [&] { ++ran; }));
  for (const auto timer : timers) engine.executor().cancel(timer);
  std::promise<void> done;
  engine.executor().post_after(1ms, [&] { done.set_value(); });
  CHECK(done.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(ran == 0);
}

TEST_CASE("a loop that looks for more before it sleeps sees all there is", "[asio][executor]") {
  AsioOptions options;
  options.threads = 1;
  options.busy_poll = 1h;
  AsioEngine engine(options);
  std::promise<void> posted;
  engine.executor().post([&] { posted.set_value(); });
  CHECK(posted.get_future().wait_for(20s) == std::future_status::ready);
  check_timer(engine);
  check_exchange(engine);
}

TEST_CASE("work that posts itself again and again keeps nothing else waiting", "[asio][executor]") {
  AsioOptions options;
  options.threads = 1;
  AsioEngine engine(options);
  std::atomic<bool> enough = false;
  std::promise<void> stopped;
  std::function<void()> again = [&] {
    if (enough) {
      stopped.set_value();
    } else {
      engine.executor().post(again);
    }
  };
  engine.executor().post(again);

  check_exchange(engine);
  check_timer(engine);

  enough = true;
  stopped.get_future().wait();
}
