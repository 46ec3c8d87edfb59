#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "mcprouter/http.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Writes the body of one answer part by part, as fast as the client takes it.
///
/// Thread safety: one thread at a time; the writer's events may come from any.
/// Lifetime: shared; the writer's listener holds it weakly.
class BodyWriter final : public std::enable_shared_from_this<BodyWriter> {
 public:
  /// `gone` is called when the client leaves; may be empty.
  BodyWriter(std::shared_ptr<ResponseWriter> writer, std::function<void()> gone)
      : writer_(std::move(writer)), gone_(std::move(gone)) {}

  void start(ResponseHead head);
  /// Requires: what was written before is taken.
  void write(std::string_view text);
  class TakenAwaiter;
  /// Awaits that the client takes more. Returns false if it is gone.
  TakenAwaiter taken();

  void finish() { writer_->finish(); }
  void abort() { writer_->abort(); }

 private:
  void on_event(ResponseWriter::Event event);

  const std::shared_ptr<ResponseWriter> writer_;
  const std::function<void()> gone_;
  Mutex mutex_;
  bool writable_ MCPROUTER_GUARDED_BY(mutex_) = true;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::coroutine_handle<> waiter_ MCPROUTER_GUARDED_BY(mutex_);
};

class BodyWriter::TakenAwaiter {
 public:
  explicit TakenAwaiter(BodyWriter& body) : body_(body) {}
  [[nodiscard]] bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> awaiter);
  [[nodiscard]] bool await_resume();

 private:
  BodyWriter& body_;
};

}  // namespace mcprouter::detail
