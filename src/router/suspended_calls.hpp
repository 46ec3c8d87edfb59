#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "mcprouter/executor.hpp"
#include "router/client_shares.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class ModernCall;

/// The calls at legacy backends that wait for a modern client to come back with what the backend asked for.
///
/// Thread safety: thread-safe.
class SuspendedCalls {
 public:
  explicit SuspendedCalls(Executor& executor) : executor_(executor) {}
  ~SuspendedCalls() = default;
  SuspendedCalls(const SuspendedCalls&) = delete;
  SuspendedCalls& operator=(const SuspendedCalls&) = delete;

  /// Keeps a call until it is taken; after `patience` it is given up, and so is it when the router ends (MRTR-08).
  /// Returns false when `max` calls wait already, or the client's share of them.
  bool add(const std::string& state, std::shared_ptr<ModernCall> call, std::chrono::milliseconds patience,
           const std::string& client, std::size_t max);
  /// Takes the call that is suspended in this state; nullptr if there is none, or no longer.
  std::shared_ptr<ModernCall> take(const std::string& state);
  /// Gives up all of them; none is added any more.
  void close();

 private:
  struct Entry {
    std::shared_ptr<ModernCall> call;
    Executor::TimerId timer = 0;
    std::string client;
  };

  void give_up(const std::string& state);
  /// Returns nothing of a call if there is none in that state.
  Entry remove(const std::string& state);

  Executor& executor_;
  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  ClientShares shares_ MCPROUTER_GUARDED_BY(mutex_);
  std::unordered_map<std::string, Entry> calls_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
