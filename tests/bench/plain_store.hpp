#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "mcprouter/session_store.hpp"

namespace mcprouter::bench {

/// What most people would write: one lock, and expiry by looking at every session.
class PlainStore {
 public:
  void create(SessionRecord record, TimePoint now) {
    auto session = std::make_shared<const SessionRecord>(std::move(record));
    const std::lock_guard lock(mutex_);
    sessions_.emplace(session->id, Entry{session, now});
  }

  SessionPtr find_and_touch(std::string_view id, std::string_view principal_key, TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto it = sessions_.find(std::string(id));
    if (it == sessions_.end() || now - it->second.last_use >= kTimeout) return nullptr;
    if (it->second.record->principal_key != principal_key) return nullptr;
    it->second.last_use = now;
    return it->second.record;
  }

  std::vector<SessionPtr> take_expired(TimePoint now) {
    std::vector<SessionPtr> taken;
    const std::lock_guard lock(mutex_);
    for (auto it = sessions_.begin(); it != sessions_.end();) {
      if (now - it->second.last_use < kTimeout) {
        ++it;
        continue;
      }
      taken.push_back(std::move(it->second.record));
      it = sessions_.erase(it);
    }
    return taken;
  }

 private:
  static constexpr auto kTimeout = std::chrono::minutes{30};
  struct Entry {
    SessionPtr record;
    TimePoint last_use;
  };

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> sessions_;
};

}  // namespace mcprouter::bench
