#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>

#include "mcprouter/executor.hpp"

namespace custom {

/// An Executor of two threads: one for what never blocks, one for what may.
class ThreadExecutor final : public mcprouter::Executor {
 public:
  void post(std::function<void()> work) override { quick_.add(now(), std::move(work)); }
  void post_blocking(std::function<void()> work) override { blocking_.add(now(), std::move(work)); }
  TimerId post_after(std::chrono::milliseconds delay, std::function<void()> work) override {
    return quick_.add(now() + delay, std::move(work));
  }
  void cancel(TimerId timer) override { quick_.remove(timer); }
  [[nodiscard]] mcprouter::TimePoint now() const override { return mcprouter::Clock::now(); }

 private:
  /// A thread and its work, ordered by time and, within a moment, by arrival.
  class Lane {
   public:
    Lane() : thread_([this] { run(); }) {}

    ~Lane() {
      {
        const std::lock_guard lock(mutex_);
        ending_ = true;
      }
      changed_.notify_one();
      thread_.join();
    }

    Lane(const Lane&) = delete;
    Lane& operator=(const Lane&) = delete;

    TimerId add(mcprouter::TimePoint when, std::function<void()> work) {
      TimerId id = 0;
      {
        const std::lock_guard lock(mutex_);
        id = ++last_id_;
        times_.emplace(id, when);
        work_.emplace(std::pair(when, id), std::move(work));
      }
      changed_.notify_one();
      return id;
    }

    void remove(TimerId id) {
      std::function<void()> dropped;  // destroyed after the lock is gone: it may hold anything
      const std::lock_guard lock(mutex_);
      const auto time = times_.find(id);
      if (time == times_.end()) return;
      const auto entry = work_.find({time->second, id});
      dropped = std::move(entry->second);
      work_.erase(entry);
      times_.erase(time);
    }

   private:
    void run() {
      std::unique_lock lock(mutex_);
      while (!ending_) {
        if (work_.empty()) {
          changed_.wait(lock);
          continue;
        }
        const auto next = work_.begin();
        const mcprouter::TimePoint when = next->first.first;
        if (when > mcprouter::Clock::now()) {
          changed_.wait_until(lock, when);
          continue;
        }
        std::function<void()> work = std::move(next->second);
        times_.erase(next->first.second);
        work_.erase(next);
        lock.unlock();
        work();
        work = nullptr;
        lock.lock();
      }
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::map<std::pair<mcprouter::TimePoint, TimerId>, std::function<void()>> work_;  // guarded by `mutex_`
    std::unordered_map<TimerId, mcprouter::TimePoint> times_;                         // guarded by `mutex_`
    TimerId last_id_ = 0;                                                             // guarded by `mutex_`
    bool ending_ = false;                                                             // guarded by `mutex_`
    std::thread thread_;                                                              // last: it uses all the others
  };

  Lane quick_;
  Lane blocking_;
};

}  // namespace custom
