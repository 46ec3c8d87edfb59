#include "engine/httplib/pool_executor.hpp"

namespace mcprouter::detail {
namespace {

// Work that does not block needs no more threads than a small machine has cores.
constexpr std::size_t kPostThreads = 4;
// Calls of a remote session store, each as long as a round trip.
constexpr std::size_t kBlockingThreads = 32;
constexpr std::chrono::seconds kThreadIdle{10};

}  // namespace

PoolExecutor::PoolExecutor()
    : posts_(kPostThreads, kThreadIdle),
      blocking_(kBlockingThreads, kThreadIdle),
      timer_thread_([this] { run_timers(); }) {}

PoolExecutor::~PoolExecutor() {
  std::map<Due, std::function<void()>> dropped;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    dropped.swap(timers_);
    due_.clear();
  }
  changed_.notify_all();
  timer_thread_.join();
  blocking_.stop(WorkerPool::Waiting::drop);
  posts_.stop(WorkerPool::Waiting::drop);
}

void PoolExecutor::post(std::function<void()> work) { posts_.post(std::move(work)); }

void PoolExecutor::post_blocking(std::function<void()> work) { blocking_.post(std::move(work)); }

Executor::TimerId PoolExecutor::post_after(std::chrono::milliseconds delay, std::function<void()> work) {
  const TimePoint due = Clock::now() + delay;
  MutexLock lock(mutex_);
  const TimerId id = ++last_;
  const auto timer = timers_.emplace(Due{due, id}, std::move(work)).first;
  due_.emplace(id, due);
  if (timer == timers_.begin()) changed_.notify_all();
  return id;
}

void PoolExecutor::cancel(TimerId timer) {
  std::function<void()> dropped;  // destroyed outside the lock: it may own what cancels a timer when it goes
  MutexLock lock(mutex_);
  const auto due = due_.find(timer);
  if (due == due_.end()) return;
  const auto found = timers_.find(Due{due->second, timer});
  dropped = std::move(found->second);
  timers_.erase(found);
  due_.erase(due);
}

void PoolExecutor::run_timers() {
  MutexLock lock(mutex_);
  while (!stopped_) {
    if (timers_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = timers_.begin();
    const TimePoint due = first->first.first;
    if (Clock::now() < due) {
      changed_.wait_until(lock, due);
      continue;
    }
    auto work = std::move(first->second);
    due_.erase(first->first.second);
    timers_.erase(first);
    lock.unlock();
    posts_.post(std::move(work));
    lock.lock();
  }
}

}  // namespace mcprouter::detail
