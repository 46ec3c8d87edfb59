#include <atomic>
#include <future>
#include <mutex>
#include <vector>

#include "engine_under_test.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;
using test::Engine;

TEST_CASE("work that blocks does not keep other work waiting", "[contract][executor]") {
  Engine engine;
  std::promise<void> gate;
  const std::shared_future<void> open = gate.get_future().share();
  std::promise<void> posted;
  std::promise<void> timed;
  for (int i = 0; i < 8; ++i) engine.executor().post_blocking([open] { open.wait(); });
  engine.executor().post([&] { posted.set_value(); });
  engine.executor().post_after(1ms, [&] { timed.set_value(); });
  CHECK(posted.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(timed.get_future().wait_for(20s) == std::future_status::ready);
  gate.set_value();
}

TEST_CASE("timers run in order, and not at all once cancelled", "[contract][executor]") {
  Engine engine(test::one_pool());
  std::atomic<bool> ran = false;
  std::promise<void> done;
  std::mutex mutex;
  std::vector<int> order;
  const auto note = [&](int timer) {
    const std::lock_guard lock(mutex);
    order.push_back(timer);
    if (order.size() == 3) done.set_value();
  };
  const auto cancelled = engine.executor().post_after(5ms, [&] { ran = true; });
  CHECK(cancelled != 0);
  engine.executor().cancel(cancelled);
  engine.executor().cancel(cancelled);
  const TimePoint from = engine.executor().now();
  engine.executor().post_after(60ms, [&] { note(3); });
  engine.executor().post_after(20ms, [&] { note(1); });
  engine.executor().post_after(40ms, [&] { note(2); });
  CHECK(done.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(engine.executor().now() - from >= 60ms);
  const std::lock_guard lock(mutex);
  CHECK(order.size() == 3);
  if (test::kRunsTimersInOrder) CHECK(order == std::vector{1, 2, 3});
  CHECK_FALSE(ran);
}

TEST_CASE("work that has not begun is dropped at the end", "[contract][executor]") {
  std::atomic<bool> ran = false;
  {
    Engine engine;
    engine.executor().post_after(1h, [&] { ran = true; });
  }
  CHECK_FALSE(ran);
}
