#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
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
  void set_after(std::chrono::milliseconds time) { set(Clock::now() + time); }
  void clear() { due_ = TimePoint::max(); }

  friend bool operator<(const Deadline& a, const Deadline& b) { return a.armed_ < b.armed_; }

 private:
  friend class Deadlines;

  Deadlines& deadlines_;
  const std::function<void()> expired_;
  TimePoint due_ = TimePoint::max();
  TimePoint armed_;  ///< Its place in the order, while linked: not after `due_`.
};

/// The deadlines of one event loop, behind a single timer that is set only while there is one.
///
/// Thread safety: the loop's thread only. Lifetime: outlives its deadlines.
class Deadlines {
 public:
  explicit Deadlines(boost::asio::io_context& context) : timer_(context) {}

 private:
  friend class Deadline;
  using Order = boost::intrusive::multiset<Deadline, boost::intrusive::constant_time_size<false>>;

  void arm(Deadline& deadline, TimePoint at);
  void set_timer();
  void run_due();

  boost::asio::steady_timer timer_;
  TimePoint timer_at_ = TimePoint::max();
  Order order_;
};

}  // namespace mcprouter::detail
