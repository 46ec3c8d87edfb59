#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A session id with its hash, made once per call.
struct SessionKey {
  explicit SessionKey(std::string_view session_id) : id(session_id) {
    const std::size_t full = std::hash<std::string_view>{}(session_id);
    constexpr unsigned kBits = 8 * sizeof(std::size_t);
    hash = static_cast<std::uint32_t>(full);
    shard = full >> (kBits - kShardBits);  // other bits than `hash`, or buckets would fill unevenly
  }

  static constexpr unsigned kShardBits = 6;
  static constexpr std::size_t kShards = std::size_t{1} << kShardBits;

  std::string_view id;
  std::uint32_t hash;
  std::size_t shard;
};

/// What decides whether a session's time is up.
struct IdleCheck {
  TimePoint now;
  Clock::duration timeout;

  [[nodiscard]] bool expired(TimePoint last_use) const { return now - last_use >= timeout; }
};

/// One of the parts that MemorySessionStore spreads its sessions over: a table and a list in the order of last use.
///
/// The idle timeout is the same for all, so the front of the list expires first. A held session is not in the list.
/// An expired session is not found, but is there until it is taken.
///
/// Thread safety: thread-safe; one mutex, never held while calling out or taking another.
class alignas(64) SessionShard {
 public:
  /// Returns false, and adds nothing, if the id is taken, be it by an expired session.
  bool insert(const SessionKey& key, SessionPtr record, TimePoint now);

  SessionPtr find(const SessionKey& key, IdleCheck idle) const;
  SessionPtr find_and_touch(const SessionKey& key, std::string_view principal_key, IdleCheck idle);
  bool hold(const SessionKey& key, IdleCheck idle);
  void release(const SessionKey& key, TimePoint now);
  SessionStore::Put put_backend(const SessionKey& key, UpstreamPtr upstream, IdleCheck idle);
  bool drop_backend(const SessionKey& key, std::string_view backend, std::uint64_t serial, IdleCheck idle);
  bool set_log_level(const SessionKey& key, std::string_view level, IdleCheck idle);
  SessionStore::Subscribed subscribe(const SessionKey& key, Subscription subscription, std::size_t max, IdleCheck idle);
  void unsubscribe(const SessionKey& key, const Subscription& subscription, IdleCheck idle);

  SessionPtr remove(const SessionKey& key, std::string_view principal_key, IdleCheck idle);
  /// Appends to `taken` until it holds `max`.
  void take_expired(IdleCheck idle, std::size_t max, std::vector<SessionPtr>& taken);
  void take_all(std::vector<SessionPtr>& taken);

 private:
  struct Link {
    Link* prev = this;
    Link* next = this;
  };

  /// 48 bytes, 64 with what the table and the allocator add. The id is the record's own.
  struct Entry : Link {
    Entry(SessionPtr session, std::uint32_t id_hash) : record(std::move(session)), hash(id_hash) {}

    SessionPtr record;
    TimePoint last_use;
    std::uint32_t hash;
    std::uint32_t holds = 0;
  };

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const Entry& entry) const noexcept { return entry.hash; }
    std::size_t operator()(const SessionKey& key) const noexcept { return key.hash; }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Entry& a, const Entry& b) const noexcept { return a.record->id == b.record->id; }
    bool operator()(const SessionKey& key, const Entry& entry) const noexcept { return same(key, entry); }
    bool operator()(const Entry& entry, const SessionKey& key) const noexcept { return same(key, entry); }
    static bool same(const SessionKey& key, const Entry& entry) noexcept {
      return key.hash == entry.hash && key.id == entry.record->id;
    }
  };

  /// Returns the session if it is live, or nullptr.
  Entry* live(const SessionKey& key, IdleCheck idle) const MCPROUTER_REQUIRES(mutex_);

  /// Makes a session the last of the list: begins its idle time anew.
  void append(Entry& entry, TimePoint now) MCPROUTER_REQUIRES(mutex_);
  static void unlink(Link& link);
  SessionPtr extract(Entry& entry) MCPROUTER_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::unordered_set<Entry, Hash, Equal> table_ MCPROUTER_GUARDED_BY(mutex_);
  Link list_ MCPROUTER_GUARDED_BY(mutex_);  ///< `next` is the front, used longest ago; `prev` the back.
};

}  // namespace mcprouter::detail
