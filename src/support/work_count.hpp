#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <utility>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Counts work under way, so that a shutdown can wait for its end. Thread-safe.
class WorkCount {
 public:
  /// One piece of work, from construction to destruction.
  class Piece {
   public:
    explicit Piece(WorkCount& count) : count_(&count) { count_->add(); }
    Piece(Piece&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Piece(const Piece&) = delete;
    Piece& operator=(const Piece&) = delete;
    Piece& operator=(Piece&&) = delete;
    ~Piece() {
      if (count_ != nullptr) {
        count_->remove();
      }
    }

   private:
    WorkCount* count_;
  };

  /// Waits until there is none. Returns false when `deadline` passed first.
  bool wait_until_none(std::chrono::steady_clock::time_point deadline) {
    MutexLock lock(mutex_);
    while (pieces_ > 0) {
      if (none_.wait_until(lock, deadline) == std::cv_status::timeout && pieces_ > 0) {
        return false;
      }
    }
    return true;
  }

 private:
  void add() {
    MutexLock lock(mutex_);
    ++pieces_;
  }
  void remove() {
    MutexLock lock(mutex_);
    if (--pieces_ == 0) {
      none_.notify_all();
    }
  }

  Mutex mutex_;
  std::condition_variable_any none_;
  std::size_t pieces_ MCPROUTER_GUARDED_BY(mutex_) = 0;
};

}  // namespace mcprouter::detail
