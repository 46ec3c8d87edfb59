#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "engine/httplib/stream_places.hpp"
#include "mcprouter/http.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Hands an answer from the router's threads to the one blocked thread that writes it to the client.
///
/// Thread safety: the ResponseWriter side as that interface says; the other side, one thread.
class QueuedWriter final : public ResponseWriter {
 public:
  struct Stream {
    ResponseHead head;
    std::shared_ptr<void> place;
  };
  /// Nothing yet, a whole answer, or the head of a streamed one.
  using First = std::variant<std::monostate, Response, Stream>;
  enum class Next { nothing, data, finished, aborted };

  /// More than `places` streams are answered 503. Above `max_queued` bytes `write` asks to wait.
  QueuedWriter(std::shared_ptr<StreamPlaces> places, std::size_t max_queued);
  ~QueuedWriter() override;

  void respond(Response response) override;
  void start(ResponseHead head) override;
  bool write(std::string_view chunk) override;
  void finish() override;
  void abort() override;
  void listen(std::function<void(Event)> listener) override;

  /// Waits for the answer to begin.
  [[nodiscard]] First wait_first(std::chrono::milliseconds time);
  /// Waits for the next part of the body; `data` is what the last call gave, and is written by now.
  [[nodiscard]] Next wait_next(std::string& data, std::chrono::milliseconds time);
  /// The client is gone, or the server stops.
  void close();

 private:
  enum class State { waiting, streaming, finished, aborted, closed };

  void take_listener(std::function<void(Event)>& listener) MCPROUTER_REQUIRES(mutex_);

  const std::shared_ptr<StreamPlaces> places_;
  const std::size_t max_queued_;
  Mutex mutex_;
  std::condition_variable_any changed_;
  State state_ MCPROUTER_GUARDED_BY(mutex_) = State::waiting;
  First first_ MCPROUTER_GUARDED_BY(mutex_);
  std::deque<std::string> queue_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t queued_ MCPROUTER_GUARDED_BY(mutex_) = 0;  ///< Bytes in the queue and in the writing thread's hands.
  bool full_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::function<void(Event)> listener_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
