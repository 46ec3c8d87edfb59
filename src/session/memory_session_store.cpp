#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "mcprouter/error.hpp"
#include "mcprouter/session_store.hpp"
#include "session/client_counts.hpp"
#include "session/session_shard.hpp"

namespace mcprouter {
namespace {

using detail::IdleCheck;
using detail::SessionKey;
using detail::SessionShard;

void check(const SessionLimits& limits) {
  const std::string problem = "must be greater than 0";
  if (limits.max_sessions == 0) throw ConfigError("$.router.sessions.maxSessions", problem);
  if (limits.max_sessions_per_client == 0) throw ConfigError("$.router.sessions.maxSessionsPerClient", problem);
  if (limits.idle_timeout <= limits.idle_timeout.zero()) throw ConfigError("$.router.sessions.idleTimeout", problem);
}

/// A timeout too long for the clock is as good as none.
Clock::duration clock_duration(std::chrono::milliseconds timeout) {
  constexpr auto kLongest = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::duration::max());
  return timeout < kLongest ? Clock::duration(timeout) : Clock::duration::max();
}

/// Gives back capacity that costs memory for as long as a session lives.
void shrink(std::string& text) {
  constexpr std::size_t kAllocationUnit = 16;
  if (text.capacity() - text.size() >= kAllocationUnit) text.shrink_to_fit();
}

SessionPtr make_record(SessionRecord&& record) {
  for (std::string* text : {&record.id, &record.principal_key, &record.client_key, &record.protocol_version,
                            &record.client_info, &record.client_capabilities, &record.log_level}) {
    shrink(*text);
  }
  record.upstreams.shrink_to_fit();
  record.subscriptions.shrink_to_fit();
  return std::make_shared<const SessionRecord>(std::move(record));
}

}  // namespace

struct MemorySessionStore::State {
  /// Exact, also when several threads add the last ones: never over the limit, and none refused while there is room.
  bool try_add_session() {
    const std::size_t limit = max_sessions.load(std::memory_order_relaxed);
    std::size_t count = sessions.load(std::memory_order_relaxed);
    while (count < limit) {
      if (sessions.compare_exchange_weak(count, count + 1, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  /// Stops counting a session that is out of its shard.
  void forget(const SessionRecord& record) {
    clients.subtract(record.client_key);
    sessions.fetch_sub(1, std::memory_order_relaxed);
  }

  [[nodiscard]] IdleCheck idle(TimePoint now) const { return {now, idle_timeout.load(std::memory_order_relaxed)}; }
  SessionShard& shard(const SessionKey& key) { return shards[key.shard]; }

  std::atomic<std::size_t> max_sessions{0};
  std::atomic<std::size_t> max_sessions_per_client{0};
  std::atomic<Clock::duration> idle_timeout{Clock::duration::zero()};
  std::array<SessionShard, SessionKey::kShards> shards;
  detail::ClientCounts clients;
  alignas(64) std::atomic<std::size_t> sessions{0};
  std::atomic<std::size_t> next_to_sweep{0};
};

MemorySessionStore::MemorySessionStore(SessionLimits limits) : state_(std::make_unique<State>()) { set_limits(limits); }

MemorySessionStore::~MemorySessionStore() = default;

void MemorySessionStore::set_limits(SessionLimits limits) {
  check(limits);
  state_->max_sessions.store(limits.max_sessions, std::memory_order_relaxed);
  state_->max_sessions_per_client.store(limits.max_sessions_per_client, std::memory_order_relaxed);
  state_->idle_timeout.store(clock_duration(limits.idle_timeout), std::memory_order_relaxed);
}

SessionStore::Created MemorySessionStore::create(SessionRecord record, TimePoint now) {
  const SessionPtr session = make_record(std::move(record));
  if (!state_->try_add_session()) return Created::too_many_sessions;
  if (!state_->clients.try_add(session->client_key, state_->max_sessions_per_client.load(std::memory_order_relaxed))) {
    state_->sessions.fetch_sub(1, std::memory_order_relaxed);
    return Created::too_many_for_client;
  }
  const SessionKey key(session->id);
  if (!state_->shard(key).insert(key, session, now)) {
    state_->forget(*session);
    return Created::id_taken;
  }
  return Created::yes;
}

SessionPtr MemorySessionStore::find_and_touch(std::string_view id, std::string_view principal_key, TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).find_and_touch(key, principal_key, state_->idle(now));
}

SessionPtr MemorySessionStore::find(std::string_view id, TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).find(key, state_->idle(now));
}

bool MemorySessionStore::hold(std::string_view id, TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).hold(key, state_->idle(now));
}

void MemorySessionStore::release(std::string_view id, TimePoint now) {
  const SessionKey key(id);
  state_->shard(key).release(key, now);
}

SessionStore::Put MemorySessionStore::put_backend(std::string_view id, UpstreamPtr upstream, TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).put_backend(key, std::move(upstream), state_->idle(now));
}

bool MemorySessionStore::drop_backend(std::string_view id, std::string_view backend, std::uint64_t serial,
                                      TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).drop_backend(key, backend, serial, state_->idle(now));
}

bool MemorySessionStore::set_log_level(std::string_view id, std::string_view level, TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).set_log_level(key, level, state_->idle(now));
}

SessionStore::Subscribed MemorySessionStore::subscribe(std::string_view id, Subscription subscription, std::size_t max,
                                                       TimePoint now) {
  const SessionKey key(id);
  return state_->shard(key).subscribe(key, std::move(subscription), max, state_->idle(now));
}

void MemorySessionStore::unsubscribe(std::string_view id, const Subscription& subscription, TimePoint now) {
  const SessionKey key(id);
  state_->shard(key).unsubscribe(key, subscription, state_->idle(now));
}

SessionPtr MemorySessionStore::remove(std::string_view id, std::string_view principal_key, TimePoint now) {
  const SessionKey key(id);
  SessionPtr removed = state_->shard(key).remove(key, principal_key, state_->idle(now));
  if (removed != nullptr) state_->forget(*removed);
  return removed;
}

std::vector<SessionPtr> MemorySessionStore::take_expired(TimePoint now, std::size_t max) {
  const IdleCheck idle = state_->idle(now);
  std::vector<SessionPtr> taken;
  // Every call begins elsewhere, or a small `max` would starve the last shards.
  const std::size_t first = state_->next_to_sweep.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < SessionKey::kShards && taken.size() < max; ++i) {
    state_->shards[(first + i) % SessionKey::kShards].take_expired(idle, max, taken);
  }
  for (const SessionPtr& session : taken) state_->forget(*session);
  return taken;
}

std::vector<SessionPtr> MemorySessionStore::take_all() {
  std::vector<SessionPtr> taken;
  for (SessionShard& shard : state_->shards) shard.take_all(taken);
  for (const SessionPtr& session : taken) state_->forget(*session);
  return taken;
}

std::size_t MemorySessionStore::size() const { return state_->sessions.load(std::memory_order_relaxed); }

std::size_t MemorySessionStore::sessions_of_client(std::string_view client_key) const {
  return state_->clients.count(client_key);
}

}  // namespace mcprouter
