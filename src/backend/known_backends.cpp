#include "backend/known_backends.hpp"

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
  known_.push_back({backend, revision, nullptr});
  if (known_.size() > kMaxKnownBackends) {
    known_.pop_front();
  }
}

BackendPtr KnownBackends::find(std::string_view name, std::uint64_t revision) {
  MutexLock lock(mutex_);
  const Known* known = look_up(name, revision);
  return known != nullptr ? known->backend : nullptr;
}

void KnownBackends::share_capabilities(UpstreamSession& upstream) {
  MutexLock lock(mutex_);
  Known* known = look_up(upstream.backend, upstream.revision);
  if (known == nullptr) {
    return;
  }
  if (known->capabilities && *known->capabilities == *upstream.capabilities) {
    upstream.capabilities = known->capabilities;
  } else {
    known->capabilities = upstream.capabilities;
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
