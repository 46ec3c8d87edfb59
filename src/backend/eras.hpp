#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "backend/handshake.hpp"
#include "backend/known_backends.hpp"
#include "backend/single_flight.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/observer.hpp"
#include "support/task.hpp"
#include "support/work_count.hpp"

namespace mcprouter::detail {

/// Whatever went wrong before a session was there, no call was sent yet: what may have happened is that nothing did.
[[nodiscard]] Reason before_any_call(Reason reason);

/// Which era each backend speaks: as it is configured, or as it said when it was asked, which is once for all who need
/// to know at the same time.
///
/// Thread-safe. Lifetime: shared; probes under way keep it.
class Eras : public std::enable_shared_from_this<Eras> {
 public:
  using LearntEra = BackendSessionManager::LearntEra;
  using KnownEra = KnownBackends::KnownEra;

  Eras(BackendAccess access, BackendSessionManager::Options options, std::shared_ptr<KnownBackends> known,
       Observer* observer)
      : access_(std::move(access)), options_(std::move(options)), known_(std::move(known)), observer_(observer) {}

  /// What is known. Of a backend that is configured as modern nothing is until it said what it has.
  [[nodiscard]] KnownEra known(const Backend& backend, std::uint64_t revision);

  /// Asks the backend, or waits for the answer to who asks already.
  Task<LearntEra> learn(BackendPtr backend, Headers headers);

  /// Waits until no probe is under way. Returns false when `deadline` passed first.
  bool wait_until_idle(std::chrono::steady_clock::time_point deadline) { return work_.wait_until_none(deadline); }

 private:
  static Task<void> probe(std::shared_ptr<Eras> self, std::string key, BackendPtr backend, Headers headers);
  Task<LearntEra> find(BackendPtr backend, Headers headers);

  const BackendAccess access_;
  const BackendSessionManager::Options options_;
  const std::shared_ptr<KnownBackends> known_;
  Observer* const observer_;
  SingleFlight<LearntEra> probes_;
  WorkCount work_;
};

}  // namespace mcprouter::detail
