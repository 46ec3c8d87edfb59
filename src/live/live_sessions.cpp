#include "live/live_sessions.hpp"

#include <array>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mcprouter::detail {
namespace {

constexpr std::size_t kShards = 64;

}  // namespace

struct LiveSessions::Table {
  struct Shard {
    Mutex mutex;
    bool closed MCPROUTER_GUARDED_BY(mutex) = false;
    std::unordered_map<std::string, std::weak_ptr<LiveSession>> sessions MCPROUTER_GUARDED_BY(mutex);
    std::shared_ptr<LiveSession> latest MCPROUTER_GUARDED_BY(mutex);
    std::string latest_id MCPROUTER_GUARDED_BY(mutex);

    /// Lets it rest here, and returns what did: that is to be let go of after the lock, which its end takes.
    std::shared_ptr<LiveSession> rest(std::string_view id, std::shared_ptr<LiveSession> live)
        MCPROUTER_REQUIRES(mutex) {
      latest_id = id;
      return std::exchange(latest, std::move(live));
    }
  };

  Shard& shard(std::string_view id) { return shards[std::hash<std::string_view>{}(id) % kShards]; }
  void erase_expired(const std::string& id) {
    Shard& home = shard(id);
    MutexLock lock(home.mutex);
    const auto found = home.sessions.find(id);
    if (found != home.sessions.end() && found->second.expired()) {
      home.sessions.erase(found);
    }
  }

  std::array<Shard, kShards> shards;
};

LiveSessions::LiveSessions(Executor& executor) : executor_(executor), table_(std::make_shared<Table>()) {}

std::shared_ptr<LiveSession> LiveSessions::get(const SessionRecord& session,
                                               const std::shared_ptr<const RouterOptions>& options) {
  Table::Shard& shard = table_->shard(session.id);
  std::shared_ptr<LiveSession> before;  // let go of after the lock
  MutexLock lock(shard.mutex);
  if (shard.closed) {
    return nullptr;
  }
  if (shard.latest && shard.latest_id == session.id && shard.latest->options() == options) {
    return shard.latest;
  }
  std::weak_ptr<LiveSession>& entry = shard.sessions[session.id];
  if (auto live = entry.lock()) {
    // What goes on keeps the options it began with; what only rests here does not.
    constexpr long kRestsHere = 2;
    const bool rests = live == shard.latest && live.use_count() == kRestsHere;
    if (!rests || live->options() == options) {
      before = shard.rest(session.id, live);
      return live;
    }
  }
  const std::shared_ptr<LiveSession> live(new LiveSession(executor_, session, options),
                                          [table = std::weak_ptr(table_), id = session.id](const LiveSession* gone) {
                                            delete gone;
                                            if (const auto entries = table.lock()) {
                                              entries->erase_expired(id);
                                            }
                                          });
  entry = live;
  before = shard.rest(session.id, live);
  return live;
}

std::shared_ptr<LiveSession> LiveSessions::find(std::string_view session_id) {
  Table::Shard& shard = table_->shard(session_id);
  MutexLock lock(shard.mutex);
  const auto found = shard.sessions.find(std::string(session_id));
  return found == shard.sessions.end() ? nullptr : found->second.lock();
}

void LiveSessions::close(std::string_view session_id) {
  if (const auto live = find(session_id)) {
    live->close();
    Table::Shard& shard = table_->shard(session_id);
    MutexLock lock(shard.mutex);
    if (shard.latest == live) {
      shard.latest.reset();
    }
  }
}

void LiveSessions::stop_listening() {
  for (const auto& live : all()) {
    live->stop_listening();
  }
}

void LiveSessions::close_all() {
  for (Table::Shard& shard : table_->shards) {
    MutexLock lock(shard.mutex);
    shard.closed = true;
  }
  for (const auto& live : all()) {
    live->close();
  }
  for (Table::Shard& shard : table_->shards) {
    std::shared_ptr<LiveSession> latest;  // let go of after the lock
    MutexLock lock(shard.mutex);
    latest.swap(shard.latest);
  }
}

std::vector<std::shared_ptr<LiveSession>> LiveSessions::all() {
  std::vector<std::shared_ptr<LiveSession>> sessions;
  for (Table::Shard& shard : table_->shards) {
    MutexLock lock(shard.mutex);
    for (const auto& [id, weak] : shard.sessions) {
      if (auto live = weak.lock()) {
        sessions.push_back(std::move(live));
      }
    }
  }
  return sessions;
}

}  // namespace mcprouter::detail
