#include "backend/eras.hpp"

#include <fmt/format.h>

#include <exception>
#include <functional>
#include <optional>

#include "backend/era_probe.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/observe.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {

Reason before_any_call(Reason reason) {
  const bool unknown = reason == Reason::outcome_unknown || reason == Reason::backend_timeout;
  return unknown ? Reason::backend_unavailable : reason;
}

Eras::KnownEra Eras::known(const Backend& backend, std::uint64_t revision) {
  return backend.protocol == Protocol::legacy ? KnownEra{Era::legacy, nullptr} : known_->era(backend.name, revision);
}

Task<Eras::LearntEra> Eras::learn(BackendPtr backend, Headers headers) {
  const std::string key = fmt::format("{}\n{}", backend->name, backend->revision());
  while (true) {
    bool first = false;
    Callback<LearntEra> learning([&](std::function<void(LearntEra)> done) {
      first = probes_.join(key, std::move(done));
      if (first) {
        detach(probe(shared_from_this(), key, backend, headers));
      }
    });
    LearntEra learnt = co_await learning;
    // That the backend refused another client says nothing of this one.
    if (learnt.era || first || learnt.reason != Reason::backend_refused) {
      co_return learnt;
    }
  }
}

Task<void> Eras::probe(std::shared_ptr<Eras> self, std::string key, BackendPtr backend, Headers headers) {
  const WorkCount::Piece piece(self->work_);
  LearntEra learnt;
  try {
    learnt = co_await self->find(std::move(backend), std::move(headers));
  } catch (const std::exception& error) {
    learnt = {std::nullopt, Reason::internal_error, HttpFailure::none, error.what()};
  }
  self->probes_.finish(key, learnt);
}

Task<Eras::LearntEra> Eras::find(BackendPtr backend, Headers headers) {
  const std::uint64_t revision = backend->revision();
  // Another probe may have ended since the caller looked.
  if (const KnownEra era = known(*backend, revision); era.era) {
    co_return LearntEra{era.era, {}, {}, {}};
  }
  known_->add(backend, revision);
  ProbedEra probed = co_await probe_era(access_, options_, backend, std::move(headers));
  if (!probed.era) {
    known_->note_failure(backend->name, revision, access_.executor.now());
    co_return LearntEra{std::nullopt, before_any_call(probed.failure.reason), probed.failure.failure,
                        "server/discover: " + probed.failure.detail};
  }
  std::shared_ptr<UpstreamSession> modern;
  if (probed.era == Era::modern) {
    modern = std::make_shared<UpstreamSession>();
    modern->backend = backend->name;
    modern->revision = revision;
    modern->serial = random_serial();
    modern->protocol_version = modern_version;
    modern->capabilities = std::move(probed.capabilities);
    observe(observer_, [&](Observer& observer) { observer.upstream_opened(backend->name, modern_version); });
  }
  known_->note_era(backend->name, revision, std::move(modern), std::move(probed.instructions));
  co_return LearntEra{probed.era, {}, {}, {}};
}

}  // namespace mcprouter::detail
