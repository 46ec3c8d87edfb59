#pragma once

#include <chrono>
#include <memory>
#include <utility>

#include "backend/message_stream.hpp"
#include "live/running_call.hpp"
#include "mcprouter/executor.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Stops a call whose backend has said nothing for too long, but not while the backend itself waits for the client.
/// Before that it nudges the stream that an answer should come on, once.
///
/// Thread-safe. Its timer holds it; one timer a call, however much is said.
class IdleWatch : public std::enable_shared_from_this<IdleWatch> {
  struct Private {};

 public:
  static std::shared_ptr<IdleWatch> start(Executor& executor, std::chrono::milliseconds limit,
                                          std::shared_ptr<RunningCall> call);
  IdleWatch(Private, Executor& executor, std::chrono::milliseconds limit, std::shared_ptr<RunningCall> call)
      : executor_(executor), limit_(limit), call_(std::move(call)) {
    touch();
  }
  ~IdleWatch() = default;
  IdleWatch(const IdleWatch&) = delete;
  IdleWatch& operator=(const IdleWatch&) = delete;

  /// The answer is to come on this stream, which is nudged if none has begun a second after the watch has.
  void expect(const std::shared_ptr<MessageStream>& stream);
  /// The backend said something.
  void touch() { call_->heard = executor_.now(); }
  void stop();

 private:
  void arm(std::chrono::milliseconds delay);
  void look();

  Executor& executor_;
  const std::chrono::milliseconds limit_;
  const std::shared_ptr<RunningCall> call_;
  Mutex mutex_;
  bool is_late_ MCPROUTER_GUARDED_BY(mutex_) = false;  ///< That second has passed.
  std::weak_ptr<MessageStream> stream_ MCPROUTER_GUARDED_BY(mutex_);
  bool stopped_ MCPROUTER_GUARDED_BY(mutex_) = false;
  Executor::TimerId timer_ MCPROUTER_GUARDED_BY(mutex_) = 0;
};

}  // namespace mcprouter::detail
