#include "mcprouter/backend_session_manager.hpp"

#include <fmt/format.h>

#include <utility>

#include "backend/eras.hpp"
#include "backend/handshake.hpp"
#include "backend/known_backends.hpp"
#include "backend/live_streams.hpp"
#include "backend/restore.hpp"
#include "backend/single_flight.hpp"
#include "backend/teardown.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/observe.hpp"
#include "support/task.hpp"
#include "support/work_count.hpp"

namespace mcprouter {
namespace {

// How long the destructor waits for teardowns.
constexpr std::chrono::milliseconds kLastDrain{1'000};

BackendSessionManager::Options checked(BackendSessionManager::Options options) {
  RouterOptions same;
  same.server_info = options.client_info;
  same.limits = options.limits;
  same.timeouts = options.timeouts;
  check(same, "$.upstreams");
  return options;
}

}  // namespace

class BackendSessionManager::State : public std::enable_shared_from_this<State> {
 public:
  State(HttpClient& client, Executor& executor, SessionStore& store, Options options, Observer* observer)
      : access_{client, executor, live_},
        store_(store),
        options_(std::move(options)),
        observer_(observer),
        eras_(std::make_shared<detail::Eras>(access_, options_, known_, observer)),
        teardown_(
            std::make_shared<detail::Teardown>(access_, options_.timeouts, options_.limits.max_response, observer)) {}

  void acquire(const SessionPtr& session, BackendPtr backend, Headers headers, std::function<void(Acquired)> done) {
    const std::uint64_t revision = backend->revision();
    if (auto upstream = session->upstream(backend->name, revision)) {
      done({std::move(upstream), {}, {}, {}});
      return;
    }
    const KnownEra known = eras_->known(*backend, revision);
    if (known.era) {
      acquire_from(known, session, std::move(backend), std::move(headers), done);
    } else {
      detail::detach(learn_first(shared_from_this(), session, std::move(backend), std::move(headers), std::move(done)));
    }
  }

  void learn_era(BackendPtr backend, Headers headers, std::function<void(LearntEra)> done) {
    if (const std::optional<Era> era = known(*backend).era) {
      done({era, {}, {}, {}});
      return;
    }
    detail::detach(tell_era(shared_from_this(), std::move(backend), std::move(headers), std::move(done)));
  }

  Known known(const Backend& backend) {
    Known known = known_->known(backend.name, backend.revision());
    if (backend.protocol != Protocol::automatic) {
      known.era = backend.protocol == Protocol::modern ? Era::modern : Era::legacy;
    }
    return known;
  }

  [[nodiscard]] const Options& options() const { return options_; }

  void forget(const SessionPtr& session, const UpstreamPtr& upstream) {
    if (upstream->protocol_version == detail::modern_version) {
      known_->forget_era(upstream->backend, upstream->revision, upstream->serial);
      return;
    }
    if (store_.drop_backend(session->id, upstream->backend, upstream->serial, access_.executor.now())) {
      detail::observe(observer_, [&](Observer& observer) { observer.upstream_lost(upstream->backend); });
    }
  }

  void end(const SessionPtr& session) {
    for (const UpstreamPtr& upstream : session->upstreams) {
      end_one(upstream);
    }
  }

  bool drain(std::chrono::milliseconds deadline) {
    const auto until = std::chrono::steady_clock::now() + deadline;
    const bool handshakes_done = eras_->wait_until_idle(until) && work_.wait_until_none(until);
    const bool clean = handshakes_done && teardown_->wait_until_idle(until);
    live_->cancel_all();
    return clean;
  }

 private:
  using KnownEra = detail::KnownBackends::KnownEra;

  void acquire_from(const KnownEra& known, const SessionPtr& session, BackendPtr backend, Headers headers,
                    const std::function<void(Acquired)>& done) {
    if (known.modern) {
      done({known.modern, {}, {}, {}});
      return;
    }
    if (known.era == Era::modern || session->id.empty()) {
      done({nullptr, Reason::backend_unavailable, HttpFailure::none, "the backend speaks another era than before"});
      return;
    }
    std::string key = fmt::format("{}\n{}\n{}", session->id, backend->name, backend->revision());
    if (handshakes_.join(key, done)) {
      detail::detach(lead(shared_from_this(), std::move(key), session->id, std::move(backend), std::move(headers)));
    }
  }

  static detail::Task<void> learn_first(std::shared_ptr<State> self, SessionPtr session, BackendPtr backend,
                                        Headers headers, std::function<void(Acquired)> done) {
    LearntEra learnt = co_await self->eras_->learn(backend, headers);
    if (learnt.era) {
      KnownEra known = self->eras_->known(*backend, backend->revision());
      if (!known.era) {
        known.era = learnt.era;  // in doubt again already: who comes next finds out
      }
      self->acquire_from(known, session, std::move(backend), std::move(headers), done);
    } else {
      done({nullptr, learnt.reason, learnt.failure, std::move(learnt.detail)});
    }
  }

  static detail::Task<void> tell_era(std::shared_ptr<State> self, BackendPtr backend, Headers headers,
                                     std::function<void(LearntEra)> done) {
    LearntEra learnt = co_await self->eras_->learn(std::move(backend), std::move(headers));
    done(std::move(learnt));
  }

  static detail::Task<void> lead(std::shared_ptr<State> self, std::string key, std::string session_id,
                                 BackendPtr backend, Headers headers) {
    const detail::WorkCount::Piece piece(self->work_);
    Acquired acquired;
    try {
      acquired = co_await self->find_or_make(session_id, std::move(backend), std::move(headers));
    } catch (const std::exception& error) {
      acquired = {nullptr, Reason::internal_error, HttpFailure::none, error.what()};
    }
    self->handshakes_.finish(key, acquired);
  }

  detail::Task<Acquired> find_or_make(const std::string& session_id, BackendPtr backend, Headers headers) {
    const detail::BlockingThread before_find(access_.executor, store_.blocks());
    co_await before_find;
    const SessionPtr session = store_.find(session_id, access_.executor.now());
    if (!session) {
      co_return Acquired{nullptr, Reason::session_not_found, HttpFailure::none, "the session has ended"};
    }
    const std::uint64_t revision = backend->revision();
    // Another handshake may have ended since the caller's record was read.
    if (auto upstream = session->upstream(backend->name, revision)) {
      co_return Acquired{std::move(upstream), {}, {}, {}};
    }
    known_->add(backend, revision);
    detail::Handshake handshake = co_await detail::shake_hands(
        access_, options_, backend, headers, detail::offered_capabilities(session->client_capabilities));
    if (!handshake.ok) {
      known_->note_failure(backend->name, revision, access_.executor.now());
      if (handshake.upstream) {
        teardown_->end(backend, handshake.upstream);
      }
      detail::UpstreamFailure& failure = handshake.failure;
      if (failure.reason == Reason::backend_protocol_error && backend->protocol == Protocol::automatic) {
        // It may be legacy no more (VER-13).
        known_->forget_era(backend->name, revision, 0);
        co_await eras_->learn(backend, std::move(headers));
        if (UpstreamPtr modern = eras_->known(*backend, revision).modern) {
          co_return Acquired{std::move(modern), {}, {}, {}};
        }
      }
      co_return Acquired{nullptr, detail::before_any_call(failure.reason), failure.failure,
                         "handshake: " + failure.detail};
    }
    known_->share_capabilities(*handshake.upstream, std::move(handshake.instructions));
    // Nobody finds it before it has what the session had set; what is set meanwhile it gets as well.
    SessionPtr told = std::make_shared<const SessionRecord>();
    co_await restore(session_id, backend, handshake.upstream, headers, told);
    const SessionStore::Put put = store_.put_backend(session_id, handshake.upstream, access_.executor.now());
    switch (put.outcome) {
      case SessionStore::Put::Outcome::stored:
        detail::observe(observer_, [&](Observer& observer) {
          observer.upstream_opened(backend->name, handshake.upstream->protocol_version);
        });
        if (put.other) {
          end_one(put.other);
        }
        co_await restore(session_id, backend, handshake.upstream, headers, told);
        co_return Acquired{handshake.upstream, {}, {}, {}};
      case SessionStore::Put::Outcome::lost:
        teardown_->end(backend, handshake.upstream);
        co_return Acquired{put.other, {}, {}, {}};
      case SessionStore::Put::Outcome::session_gone:
        break;
    }
    teardown_->end(backend, handshake.upstream);
    co_return Acquired{nullptr, Reason::session_not_found, HttpFailure::none, "the session has ended"};
  }

  /// Tells a new upstream session what its session has set since `told`, until that is all. Comes back where the store
  /// may be called.
  detail::Task<void> restore(std::string session_id, BackendPtr backend, UpstreamPtr upstream, Headers headers,
                             SessionPtr& told) {
    bool news = true;
    while (news) {
      const detail::BlockingThread before_find(access_.executor, store_.blocks());
      co_await before_find;
      SessionPtr current = store_.find(session_id, access_.executor.now());
      if (!current) {
        co_return;
      }
      news = co_await detail::restore(access_, told, current, backend, upstream, headers, options_.limits,
                                      options_.timeouts);
      told = std::move(current);
    }
  }

  void end_one(const UpstreamPtr& upstream) {
    if (BackendPtr backend = known_->find(upstream->backend, upstream->revision)) {
      teardown_->end(std::move(backend), upstream);
    } else {
      detail::observe(observer_, [&](Observer& observer) { observer.upstream_ended(upstream->backend, false); });
    }
  }

  const std::shared_ptr<detail::LiveStreams> live_ = std::make_shared<detail::LiveStreams>();
  detail::BackendAccess access_;
  SessionStore& store_;
  const Options options_;
  Observer* observer_;
  detail::SingleFlight<Acquired> handshakes_;
  const std::shared_ptr<detail::KnownBackends> known_ = std::make_shared<detail::KnownBackends>();
  detail::WorkCount work_;
  const std::shared_ptr<detail::Eras> eras_;
  std::shared_ptr<detail::Teardown> teardown_;
};

BackendSessionManager::BackendSessionManager(HttpClient& client, Executor& executor, SessionStore& store,
                                             Options options, Observer* observer)
    : state_(std::make_shared<State>(client, executor, store, checked(std::move(options)), observer)) {}

BackendSessionManager::~BackendSessionManager() { drain(kLastDrain); }

void BackendSessionManager::acquire(SessionPtr session, BackendPtr backend, Headers headers,
                                    std::function<void(Acquired)> done) {
  state_->acquire(session, std::move(backend), std::move(headers), std::move(done));
}

void BackendSessionManager::learn_era(BackendPtr backend, Headers headers, std::function<void(LearntEra)> done) {
  state_->learn_era(std::move(backend), std::move(headers), std::move(done));
}

const BackendSessionManager::Options& BackendSessionManager::options() const { return state_->options(); }

BackendSessionManager::Known BackendSessionManager::known(const Backend& backend) { return state_->known(backend); }

void BackendSessionManager::forget(const SessionPtr& session, const UpstreamPtr& upstream) {
  state_->forget(session, upstream);
}

void BackendSessionManager::end(const SessionPtr& session) { state_->end(session); }

bool BackendSessionManager::drain(std::chrono::milliseconds deadline) { return state_->drain(deadline); }

}  // namespace mcprouter
