#include "session/session_shard.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace mcprouter::detail {

bool SessionShard::insert(const SessionKey& key, SessionPtr record, TimePoint now) {
  const MutexLock lock(mutex_);
  if (table_.find(key) != table_.end()) return false;
  const auto it = table_.emplace(std::move(record), key.hash).first;
  append(const_cast<Entry&>(*it), now);
  return true;
}

SessionPtr SessionShard::find(const SessionKey& key, IdleCheck idle) const {
  const MutexLock lock(mutex_);
  const Entry* entry = live(key, idle);
  return entry == nullptr ? nullptr : entry->record;
}

SessionPtr SessionShard::find_and_touch(const SessionKey& key, std::string_view principal_key, IdleCheck idle) {
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr || entry->record->principal_key != principal_key) return nullptr;
  if (entry->holds == 0) append(*entry, idle.now);
  return entry->record;
}

bool SessionShard::hold(const SessionKey& key, IdleCheck idle) {
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr) return false;
  if (entry->holds++ == 0) unlink(*entry);
  return true;
}

void SessionShard::release(const SessionKey& key, TimePoint now) {
  const MutexLock lock(mutex_);
  const auto it = table_.find(key);
  if (it == table_.end() || it->holds == 0) return;
  Entry& entry = const_cast<Entry&>(*it);
  if (--entry.holds == 0) append(entry, now);
}

SessionStore::Put SessionShard::put_backend(const SessionKey& key, UpstreamPtr upstream, IdleCheck idle) {
  using Outcome = SessionStore::Put::Outcome;
  SessionPtr before;  // let go of after the lock
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr) return {Outcome::session_gone, nullptr};

  const auto& existing = entry->record->upstreams;
  const auto same_backend = std::find_if(existing.begin(), existing.end(),
                                         [&](const auto& other) { return other->backend == upstream->backend; });
  UpstreamPtr replaced;
  if (same_backend != existing.end()) {
    if ((*same_backend)->revision == upstream->revision) return {Outcome::lost, *same_backend};
    replaced = *same_backend;
  }

  auto after = std::make_shared<SessionRecord>(*entry->record);
  if (replaced != nullptr) {
    after->upstreams[static_cast<std::size_t>(same_backend - existing.begin())] = std::move(upstream);
  } else {
    after->upstreams.reserve(existing.size() + 1);
    after->upstreams.push_back(std::move(upstream));
  }
  before = std::exchange(entry->record, std::move(after));
  return {Outcome::stored, std::move(replaced)};
}

bool SessionShard::drop_backend(const SessionKey& key, std::string_view backend, std::uint64_t serial, IdleCheck idle) {
  SessionPtr before;  // let go of after the lock
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr) return false;

  const auto& existing = entry->record->upstreams;
  const auto it = std::find_if(existing.begin(), existing.end(), [&](const auto& upstream) {
    return upstream->serial == serial && upstream->backend == backend;
  });
  if (it == existing.end()) return false;

  auto after = std::make_shared<SessionRecord>(*entry->record);
  after->upstreams.erase(after->upstreams.begin() + (it - existing.begin()));
  after->upstreams.shrink_to_fit();
  before = std::exchange(entry->record, std::move(after));
  return true;
}

bool SessionShard::set_log_level(const SessionKey& key, std::string_view level, IdleCheck idle) {
  SessionPtr before;  // let go of after the lock
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr) return false;
  if (entry->record->log_level == level) return true;

  auto after = std::make_shared<SessionRecord>(*entry->record);
  after->log_level = level;
  before = std::exchange(entry->record, std::move(after));
  return true;
}

SessionStore::Subscribed SessionShard::subscribe(const SessionKey& key, Subscription subscription, std::size_t max,
                                                 IdleCheck idle) {
  using Subscribed = SessionStore::Subscribed;
  SessionPtr before;  // let go of after the lock
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr) return Subscribed::session_gone;

  const auto& existing = entry->record->subscriptions;
  if (std::find(existing.begin(), existing.end(), subscription) != existing.end()) return Subscribed::yes;
  if (existing.size() >= max) return Subscribed::too_many;

  auto after = std::make_shared<SessionRecord>(*entry->record);
  after->subscriptions.reserve(existing.size() + 1);
  after->subscriptions.push_back(std::move(subscription));
  before = std::exchange(entry->record, std::move(after));
  return Subscribed::yes;
}

void SessionShard::unsubscribe(const SessionKey& key, const Subscription& subscription, IdleCheck idle) {
  SessionPtr before;  // let go of after the lock
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr) return;

  const auto& existing = entry->record->subscriptions;
  const auto it = std::find(existing.begin(), existing.end(), subscription);
  if (it == existing.end()) return;

  auto after = std::make_shared<SessionRecord>(*entry->record);
  after->subscriptions.erase(after->subscriptions.begin() + (it - existing.begin()));
  after->subscriptions.shrink_to_fit();
  before = std::exchange(entry->record, std::move(after));
}

SessionPtr SessionShard::remove(const SessionKey& key, std::string_view principal_key, IdleCheck idle) {
  const MutexLock lock(mutex_);
  Entry* entry = live(key, idle);
  if (entry == nullptr || entry->record->principal_key != principal_key) return nullptr;
  return extract(*entry);
}

void SessionShard::take_expired(IdleCheck idle, std::size_t max, std::vector<SessionPtr>& taken) {
  const MutexLock lock(mutex_);
  while (taken.size() < max && list_.next != &list_) {
    Entry& front = static_cast<Entry&>(*list_.next);
    if (!idle.expired(front.last_use)) return;
    taken.push_back(extract(front));
  }
}

void SessionShard::take_all(std::vector<SessionPtr>& taken) {
  const MutexLock lock(mutex_);
  for (const Entry& entry : table_) taken.push_back(entry.record);
  table_.clear();
  list_.prev = list_.next = &list_;
}

SessionShard::Entry* SessionShard::live(const SessionKey& key, IdleCheck idle) const {
  const auto it = table_.find(key);
  if (it == table_.end() || (it->holds == 0 && idle.expired(it->last_use))) return nullptr;
  // Elements of a set are const for the sake of their hash and equality, and these never change.
  return const_cast<Entry*>(&*it);
}

void SessionShard::append(Entry& entry, TimePoint now) {
  unlink(entry);
  // Threads may come here in another order than they read the clock: the list stays sorted all the same.
  entry.last_use = list_.prev == &list_ ? now : std::max(now, static_cast<Entry&>(*list_.prev).last_use);
  entry.prev = list_.prev;
  entry.next = &list_;
  list_.prev->next = &entry;
  list_.prev = &entry;
}

void SessionShard::unlink(Link& link) {
  link.prev->next = link.next;
  link.next->prev = link.prev;
  link.prev = link.next = &link;
}

SessionPtr SessionShard::extract(Entry& entry) {
  unlink(entry);
  const auto it = table_.find(SessionKey(entry.record->id));
  SessionPtr record = std::move(entry.record);
  table_.erase(it);
  return record;
}

}  // namespace mcprouter::detail
