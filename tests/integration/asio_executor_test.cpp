#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "mcprouter/asio.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;

TEST_CASE("work that blocks does not keep other work waiting", "[asio][executor]") {
  AsioEngine engine;
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

TEST_CASE("timers run in order, and not at all once cancelled", "[asio][executor]") {
  AsioOptions options;
  options.threads = 1;
  AsioEngine engine(options);
  std::atomic<bool> ran = false;
  std::promise<void> done;
  std::vector<int> order;
  const auto cancelled = engine.executor().post_after(5ms, [&] { ran = true; });
  CHECK(cancelled != 0);
  engine.executor().cancel(cancelled);
  engine.executor().cancel(cancelled);
  const TimePoint from = engine.executor().now();
  engine.executor().post_after(60ms, [&] {
    order.push_back(3);
    done.set_value();
  });
  engine.executor().post_after(20ms, [&] { order.push_back(1); });
  engine.executor().post_after(40ms, [&] { order.push_back(2); });
  CHECK(done.get_future().wait_for(20s) == std::future_status::ready);
  CHECK(engine.executor().now() - from >= 60ms);
  CHECK(order == std::vector{1, 2, 3});
  CHECK_FALSE(ran);
}

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

TEST_CASE("work that has not begun is dropped at the end", "[asio][executor]") {
  std::atomic<bool> ran = false;
  {
    AsioEngine engine;
    engine.executor().post_after(1h, [&] { ran = true; });
  }
  CHECK_FALSE(ran);
}
