#pragma once

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"

namespace custom {

/// The whole contract of SessionStore in one map behind one mutex.
///
/// Enough for thousands of sessions. A store on a database keeps the same promises with that database's means, and
/// says `blocks()`.
class MapStore final : public mcprouter::SessionStore {
 public:
  explicit MapStore(mcprouter::SessionLimits limits = {}) : limits_(limits) {}

  Created create(mcprouter::SessionRecord record, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    if (sessions_.contains(record.id)) return Created::id_taken;
    if (sessions_.size() >= limits_.max_sessions) return Created::too_many_sessions;
    const auto count = per_client_.find(record.client_key);
    if (count != per_client_.end() && count->second >= limits_.max_sessions_per_client) {
      return Created::too_many_for_client;
    }
    ++per_client_[record.client_key];
    const std::string id = record.id;
    idle_.emplace(now, id);
    sessions_.emplace(id, Entry{std::make_shared<const mcprouter::SessionRecord>(std::move(record)), now, 0});
    return Created::yes;
  }

  mcprouter::SessionPtr find_and_touch(std::string_view id, std::string_view principal_key,
                                       mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end() || found->second.record->principal_key != principal_key) return nullptr;
    touch(*found, now);
    return found->second.record;
  }

  mcprouter::SessionPtr find(std::string_view id, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    return found == sessions_.end() ? nullptr : found->second.record;
  }

  bool hold(std::string_view id, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end()) return false;
    // What is held stands in no queue of those that may expire.
    if (found->second.holds++ == 0) idle_.erase({found->second.used, found->first});
    return true;
  }

  void release(std::string_view id, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.holds == 0) return;
    found->second.used = now;
    if (--found->second.holds == 0) idle_.emplace(now, found->first);
  }

  Put put_backend(std::string_view id, mcprouter::UpstreamPtr upstream, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end()) return {Put::Outcome::session_gone, nullptr};
    mcprouter::SessionRecord changed = *found->second.record;
    const auto old = at_backend(changed, upstream->backend);
    if (old == changed.upstreams.end()) {
      changed.upstreams.push_back(std::move(upstream));
      replace(found->second, std::move(changed));
      return {Put::Outcome::stored, nullptr};
    }
    if ((*old)->revision == upstream->revision) return {Put::Outcome::lost, *old};
    mcprouter::UpstreamPtr replaced = std::exchange(*old, std::move(upstream));
    replace(found->second, std::move(changed));
    return {Put::Outcome::stored, std::move(replaced)};
  }

  bool drop_backend(std::string_view id, std::string_view backend, std::uint64_t serial,
                    mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end()) return false;
    mcprouter::SessionRecord changed = *found->second.record;
    const auto old = at_backend(changed, backend);
    if (old == changed.upstreams.end() || (*old)->serial != serial) return false;
    changed.upstreams.erase(old);
    replace(found->second, std::move(changed));
    return true;
  }

  bool set_log_level(std::string_view id, std::string_view level, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end()) return false;
    mcprouter::SessionRecord changed = *found->second.record;
    changed.log_level = level;
    replace(found->second, std::move(changed));
    return true;
  }

  Subscribed subscribe(std::string_view id, mcprouter::Subscription subscription, std::size_t max,
                       mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end()) return Subscribed::session_gone;
    mcprouter::SessionRecord changed = *found->second.record;
    auto& all = changed.subscriptions;
    if (std::find(all.begin(), all.end(), subscription) != all.end()) return Subscribed::yes;
    if (all.size() >= max) return Subscribed::too_many;
    all.push_back(std::move(subscription));
    replace(found->second, std::move(changed));
    return Subscribed::yes;
  }

  void unsubscribe(std::string_view id, const mcprouter::Subscription& subscription,
                   mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end()) return;
    mcprouter::SessionRecord changed = *found->second.record;
    std::erase(changed.subscriptions, subscription);
    replace(found->second, std::move(changed));
  }

  mcprouter::SessionPtr remove(std::string_view id, std::string_view principal_key, mcprouter::TimePoint now) override {
    const std::lock_guard lock(mutex_);
    const auto found = find_live(id, now);
    if (found == sessions_.end() || found->second.record->principal_key != principal_key) return nullptr;
    return take(found);
  }

  std::vector<mcprouter::SessionPtr> take_expired(mcprouter::TimePoint now, std::size_t max) override {
    const std::lock_guard lock(mutex_);
    std::vector<mcprouter::SessionPtr> taken;
    while (taken.size() < max && !idle_.empty() && now - idle_.begin()->first >= limits_.idle_timeout) {
      taken.push_back(take(sessions_.find(idle_.begin()->second)));
    }
    return taken;
  }

  std::vector<mcprouter::SessionPtr> take_all() override {
    const std::lock_guard lock(mutex_);
    std::vector<mcprouter::SessionPtr> taken;
    while (!sessions_.empty()) taken.push_back(take(sessions_.begin()));
    return taken;
  }

  [[nodiscard]] std::size_t size() const override {
    const std::lock_guard lock(mutex_);
    return sessions_.size();
  }

 private:
  struct Entry {
    mcprouter::SessionPtr record;
    mcprouter::TimePoint used;
    std::size_t holds = 0;
  };
  using Sessions = std::map<std::string, Entry, std::less<>>;

  Sessions::iterator find_live(std::string_view id, mcprouter::TimePoint now) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return found;
    const bool expired = found->second.holds == 0 && now - found->second.used >= limits_.idle_timeout;
    return expired ? sessions_.end() : found;
  }

  void touch(Sessions::value_type& session, mcprouter::TimePoint now) {
    if (session.second.holds == 0) {
      idle_.erase({session.second.used, session.first});
      idle_.emplace(now, session.first);
    }
    session.second.used = now;
  }

  mcprouter::SessionPtr take(Sessions::iterator session) {
    mcprouter::SessionPtr record = std::move(session->second.record);
    idle_.erase({session->second.used, session->first});
    const auto count = per_client_.find(record->client_key);
    if (--count->second == 0) per_client_.erase(count);
    sessions_.erase(session);
    return record;
  }

  static std::vector<mcprouter::UpstreamPtr>::iterator at_backend(mcprouter::SessionRecord& record,
                                                                  std::string_view backend) {
    return std::find_if(record.upstreams.begin(), record.upstreams.end(),
                        [&](const mcprouter::UpstreamPtr& upstream) { return upstream->backend == backend; });
  }

  static void replace(Entry& entry, mcprouter::SessionRecord changed) {
    entry.record = std::make_shared<const mcprouter::SessionRecord>(std::move(changed));
  }

  const mcprouter::SessionLimits limits_;
  mutable std::mutex mutex_;
  Sessions sessions_;                                            // guarded by `mutex_`
  std::set<std::pair<mcprouter::TimePoint, std::string>> idle_;  // guarded by `mutex_`; those that nobody holds
  std::map<std::string, std::size_t> per_client_;                // guarded by `mutex_`
};

}  // namespace custom
