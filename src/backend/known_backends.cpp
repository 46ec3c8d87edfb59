#include "backend/known_backends.hpp"

#include <utility>

namespace mcprouter::detail {
namespace {

// Reloads that a session may outlive and still find the settings to end its upstream sessions with.
constexpr std::size_t kMaxKnownBackends = 1'024;

}  // namespace

void KnownBackends::add(const BackendPtr& backend, std::uint64_t revision) {
  MutexLock lock(mutex_);
  if (look_up(backend->name, revision) != nullptr) {
    return;
  }
  known_.push_back({backend, revision});
  if (known_.size() > kMaxKnownBackends) {
    known_.pop_front();
  }
}

BackendPtr KnownBackends::find(std::string_view name, std::uint64_t revision) {
  MutexLock lock(mutex_);
  const Known* known = look_up(name, revision);
  return known != nullptr ? known->backend : nullptr;
}

BackendSessionManager::Known KnownBackends::known(std::string_view name, std::uint64_t revision) {
  MutexLock lock(mutex_);
  const Known* known = look_up(name, revision);
  return known != nullptr ? known->state : BackendSessionManager::Known{};
}

void KnownBackends::note_failure(std::string_view name, std::uint64_t revision, TimePoint now) {
  MutexLock lock(mutex_);
  if (Known* known = look_up(name, revision)) {
    known->state.failed = now;
  }
}

KnownBackends::KnownEra KnownBackends::era(std::string_view name, std::uint64_t revision) {
  MutexLock lock(mutex_);
  const Known* known = look_up(name, revision);
  return known != nullptr ? KnownEra{known->state.era, known->modern} : KnownEra{};
}

void KnownBackends::note_era(std::string_view name, std::uint64_t revision, UpstreamPtr modern,
                             std::shared_ptr<const std::string> instructions) {
  MutexLock lock(mutex_);
  Known* known = look_up(name, revision);
  if (known == nullptr) {
    return;
  }
  known->state.era = modern ? Era::modern : Era::legacy;
  known->state.failed.reset();
  if (modern) {
    known->state.capabilities = modern->capabilities;
    known->state.instructions = std::move(instructions);
  }
  known->modern = std::move(modern);
}

void KnownBackends::forget_era(std::string_view name, std::uint64_t revision, std::uint64_t serial) {
  MutexLock lock(mutex_);
  Known* known = look_up(name, revision);
  if (known != nullptr && serial == (known->modern ? known->modern->serial : 0)) {
    known->state.era.reset();
    known->modern.reset();
  }
}

void KnownBackends::share_capabilities(UpstreamSession& upstream, std::string instructions) {
  MutexLock lock(mutex_);
  Known* known = look_up(upstream.backend, upstream.revision);
  if (known == nullptr) {
    return;
  }
  BackendSessionManager::Known& state = known->state;
  state.failed.reset();
  if (state.capabilities && *state.capabilities == *upstream.capabilities) {
    upstream.capabilities = state.capabilities;
  } else {
    state.capabilities = upstream.capabilities;
  }
  if (instructions.empty()) {
    state.instructions.reset();
  } else if (!state.instructions || *state.instructions != instructions) {
    state.instructions = std::make_shared<const std::string>(std::move(instructions));
  }
}

KnownBackends::Known* KnownBackends::look_up(std::string_view name, std::uint64_t revision) {
  for (Known& known : known_) {
    if (known.revision == revision && known.backend->name == name) {
      return &known;
    }
  }
  return nullptr;
}

}  // namespace mcprouter::detail
