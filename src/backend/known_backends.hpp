#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "mcprouter/backend.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/session_store.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The backends that sessions were made at, in the revision they were made with: a teardown needs url and headers also
/// after a reload has dropped them.
///
/// Thread-safe. Bounded: the oldest is forgotten, and its sessions are left to the backend's own idle timeout.
class KnownBackends {
 public:
  void add(const BackendPtr& backend, std::uint64_t revision);
  /// Returns nullptr if it is not known.
  [[nodiscard]] BackendPtr find(std::string_view name, std::uint64_t revision);
  /// Returns what the backend declared last and when it last failed.
  [[nodiscard]] BackendSessionManager::Known known(std::string_view name, std::uint64_t revision);
  /// It could not be reached.
  void note_failure(std::string_view name, std::uint64_t revision, TimePoint now);
  /// It was reached. A backend tells most sessions the same capabilities: they share one text.
  void share_capabilities(UpstreamSession& upstream);

 private:
  struct Known {
    BackendPtr backend;
    std::uint64_t revision;
    BackendSessionManager::Known state{};
  };

  Known* look_up(std::string_view name, std::uint64_t revision) MCPROUTER_REQUIRES(mutex_);

  Mutex mutex_;
  std::deque<Known> known_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
