#pragma once

#include <functional>
#include <string_view>

#include "mcprouter/http.hpp"
#include "support/thread_annotations.hpp"

#include <condition_variable>

namespace mcprouter::detail {

/// Gathers a whole answer for a caller who waits for it. Thread-safe.
class BlockingWriter final : public ResponseWriter {
 public:
  /// Blocks until the answer has ended.
  Response wait();

  void respond(Response response) override;
  void start(ResponseHead head) override;
  bool write(std::string_view chunk) override;
  void finish() override;
  void abort() override;
  void listen(std::function<void(Event)> listener) override;

 private:
  void end() MCPROUTER_REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable_any ended_changed_;
  Response response_ MCPROUTER_GUARDED_BY(mutex_);
  bool ended_ MCPROUTER_GUARDED_BY(mutex_) = false;
};

}  // namespace mcprouter::detail
