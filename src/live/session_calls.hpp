#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "live/pending_request.hpp"
#include "live/running_call.hpp"
#include "mcprouter/executor.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The requests of a session's client that are served now, and those of backends that wait for its answer.
///
/// Thread-safe. `Limits::max_pending_requests` bounds what waits.
class SessionCalls {
 public:
  /// `executor` outlives it.
  SessionCalls(Executor& executor, std::size_t max_pending) : executor_(executor), max_pending_(max_pending) {}

  void add_call(const std::shared_ptr<RunningCall>& call);
  void remove_call(const std::shared_ptr<RunningCall>& call);
  /// Whether no other call runs, but for those that were sent to another upstream session than this one.
  [[nodiscard]] bool is_only_call(const std::shared_ptr<RunningCall>& call);
  /// Returns the call with that request id as written, or nullptr.
  std::shared_ptr<RunningCall> find_call(std::string_view request_id);
  /// Whether a call or task with that progress token runs at that backend and these params tell of more progress than
  /// before (PRG-02); in any case a call was heard of so. `said_in` is the call on whose stream it came, or null: on
  /// that of a request that ends a task it may be of any token but another call's.
  [[nodiscard]] bool hear_progress(std::string_view backend, std::string_view token, std::string_view params,
                                   RunningCall* said_in);
  /// Keeps a call that became a task of a backend, for its progress token, until the task ends (PRG-03), or too many
  /// more did.
  void add_task(std::string backend, std::string id, std::shared_ptr<RunningCall> call);
  void end_task(std::string_view backend, std::string_view id);

  /// Remembers a backend's request under the id that the client is to see. One that was made in no call in particular
  /// may belong to any of those that run at that backend: all of them wait for the client. Returns false when too many
  /// wait.
  bool add_request(std::string client_id, PendingRequest request);
  /// Removes from ids towards the client those that wait no more.
  void forget_answered(std::vector<std::string>& client_ids);
  /// Takes the request that the client knows by this id.
  std::optional<PendingRequest> take_request(std::string_view client_id);
  /// Takes the request that the backend knows by this id, and returns the id that the client knows.
  std::optional<std::string> take_request_of(std::string_view backend, std::string_view id);
  /// Returns the request whose progress token towards the client is this one.
  std::optional<PendingRequest> find_request_by_token(std::string_view client_token);

  /// The session is over: ends the calls, and nothing waits any more.
  void close();

 private:
  using Requests = std::unordered_map<std::string, PendingRequest>;  ///< By their ids towards the client.

  PendingRequest take(Requests::iterator entry) MCPROUTER_REQUIRES(mutex_);

  struct MadeTask {
    std::string backend;
    std::string id;
    std::shared_ptr<RunningCall> made_by;
  };

  Executor& executor_;
  const std::size_t max_pending_;
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  std::vector<std::shared_ptr<RunningCall>> calls_ MCPROUTER_GUARDED_BY(mutex_);
  Requests requests_ MCPROUTER_GUARDED_BY(mutex_);
  std::vector<MadeTask> tasks_ MCPROUTER_GUARDED_BY(mutex_);  ///< Oldest first.
};

}  // namespace mcprouter::detail
