#include "engine/httplib/worker_pool.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

namespace mcprouter::detail {
namespace {

void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

WorkerPool::WorkerPool(std::size_t max_threads, std::chrono::milliseconds idle)
    : max_threads_(std::max<std::size_t>(max_threads, 1)), idle_(idle) {}

WorkerPool::~WorkerPool() { stop(Waiting::drop); }

bool WorkerPool::post(std::function<void()> work) {
  {
    MutexLock lock(mutex_);
    if (stopped_) return false;
    waiting_.push_back(std::move(work));
    if (idle_threads_ < waiting_.size() && threads_.size() < max_threads_) {
      // The thread looks itself up in the map, so it cannot end before it is there: it needs the mutex first.
      std::thread thread([this] { run(); });
      const auto id = thread.get_id();
      threads_.emplace(id, std::move(thread));
    }
  }
  work_.notify_one();
  join_finished();
  return true;
}

void WorkerPool::run() {
  block_sigpipe();
  MutexLock lock(mutex_);
  for (;;) {
    const auto give_up = std::chrono::steady_clock::now() + idle_;
    ++idle_threads_;
    while (waiting_.empty() && !stopped_) {
      if (work_.wait_until(lock, give_up) == std::cv_status::timeout) break;
    }
    --idle_threads_;
    if (waiting_.empty()) break;
    auto work = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    work();
    work = nullptr;
    lock.lock();
  }
  const auto self = threads_.find(std::this_thread::get_id());
  finished_.push_back(std::move(self->second));
  threads_.erase(self);
  ended_.notify_all();
}

void WorkerPool::join_finished() {
  std::vector<std::thread> finished;
  {
    MutexLock lock(mutex_);
    finished.swap(finished_);
  }
  for (std::thread& thread : finished) thread.join();
}

void WorkerPool::stop(Waiting waiting) {
  std::deque<std::function<void()>> dropped;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    if (waiting == Waiting::drop) dropped.swap(waiting_);
    work_.notify_all();
    while (!threads_.empty()) ended_.wait(lock);
  }
  join_finished();
}

std::size_t WorkerPool::threads() const {
  MutexLock lock(mutex_);
  return threads_.size();
}

}  // namespace mcprouter::detail
