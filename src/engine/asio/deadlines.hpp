#pragma once

#include <boost/intrusive/set.hpp>
#include <functional>

#include "mcprouter/executor.hpp"

namespace mcprouter::detail {

class Deadlines;

/// A time at which something is to happen, unless it is moved or cleared before: most are.
///
/// Moving one back costs a store; only when its old time comes is it put in order again.
class Deadline : public boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Deadline(Deadlines& deadlines, std::function<void()> expired) : deadlines_(deadlines), expired_(std::move(expired)) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set(TimePoint due);
  void set_after(std::chrono::milliseconds time);
  void clear() { due_ = TimePoint::max(); }
  /// Clears it for good: after this any thread may destroy it.
  void end();

  friend bool operator<(const Deadline& a, const Deadline& b) { return a.armed_ < b.armed_; }

 private:
  friend class Deadlines;

  Deadlines& deadlines_;
  const std::function<void()> expired_;
  TimePoint due_ = TimePoint::max();
  TimePoint armed_;  ///< Its place in the order, while linked: not after `due_`.
};

/// The deadlines of one event loop.
///
/// Thread safety: the loop's thread only. Lifetime: outlives its deadlines.
class Deadlines {
 public:
  /// When the loop began what it does now. A call asks many times, and the clock costs as much as taking memory.
  [[nodiscard]] TimePoint now() const { return now_; }
  void read_clock() { now_ = Clock::now(); }
  /// When there is something to run, at the earliest. TimePoint::max() if there is nothing.
  [[nodiscard]] TimePoint next() const { return order_.empty() ? TimePoint::max() : order_.begin()->armed_; }
  /// Runs what is due.
  void run_due();

 private:
  friend class Deadline;
  using Order = boost::intrusive::multiset<Deadline, boost::intrusive::constant_time_size<false>>;

  void arm(Deadline& deadline, TimePoint at);

  Order order_;
  TimePoint now_ = Clock::now();
};

inline void Deadline::set_after(std::chrono::milliseconds time) { set(deadlines_.now() + time); }

}  // namespace mcprouter::detail
