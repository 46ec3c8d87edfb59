#include <atomic>
#include <future>
#include <thread>
#include <vector>

#include "mcprouter/asio.hpp"
#include "support/catch.hpp"

using namespace mcprouter;
using namespace std::chrono_literals;

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
