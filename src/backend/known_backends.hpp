#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mcprouter/backend.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/session_store.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// The backends that were used, in the revision they were used with, and what was learnt of them. A teardown needs url
/// and headers also after a reload has dropped them.
///
/// Thread-safe. Bounded: the oldest is forgotten, and its sessions are left to the backend's own idle timeout.
class KnownBackends {
 public:
  void add(const BackendPtr& backend, std::uint64_t revision);
  /// Returns nullptr if it is not known.
  [[nodiscard]] BackendPtr find(std::string_view name, std::uint64_t revision);
  /// Returns what the backend declared last and when it last failed.
  [[nodiscard]] BackendSessionManager::Known known(std::string_view name, std::uint64_t revision);
  /// Which era it speaks, and if it is modern the upstream session that all share; both empty if it is not known.
  struct KnownEra {
    std::optional<Era> era;
    UpstreamPtr modern;
  };
  [[nodiscard]] KnownEra era(std::string_view name, std::uint64_t revision);
  /// It was reached and speaks this era. `modern` is null for a legacy one.
  void note_era(std::string_view name, std::uint64_t revision, UpstreamPtr modern,
                std::shared_ptr<const std::string> instructions);
  /// Its era is in doubt, unless what is known is newer than the upstream session with this serial (0: a legacy one).
  void forget_era(std::string_view name, std::uint64_t revision, std::uint64_t serial);

  /// It could not be reached.
  void note_failure(std::string_view name, std::uint64_t revision, TimePoint now);
  /// A session was made. A backend tells most sessions the same capabilities: they share one text.
  void share_capabilities(UpstreamSession& upstream, std::string instructions);

 private:
  struct Known {
    BackendPtr backend;
    std::uint64_t revision;
    BackendSessionManager::Known state{};
    UpstreamPtr modern = nullptr;
  };

  Known* look_up(std::string_view name, std::uint64_t revision) MCPROUTER_REQUIRES(mutex_);

  Mutex mutex_;
  std::deque<Known> known_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
