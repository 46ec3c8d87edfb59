#include "session/client_counts.hpp"

namespace mcprouter::detail {

bool ClientCounts::try_add(std::string_view client_key, std::size_t limit) {
  Shard& shard = shards_[shard_of(client_key)];
  const MutexLock lock(shard.mutex);
  const auto it = shard.counts.lower_bound(client_key);
  if (it == shard.counts.end() || it->first != client_key) {
    if (limit == 0) return false;
    shard.counts.emplace_hint(it, client_key, 1);
    return true;
  }
  if (it->second >= limit) return false;
  ++it->second;
  return true;
}

void ClientCounts::subtract(std::string_view client_key) {
  Shard& shard = shards_[shard_of(client_key)];
  const MutexLock lock(shard.mutex);
  const auto it = shard.counts.find(client_key);
  if (it != shard.counts.end() && --it->second == 0) shard.counts.erase(it);
}

std::size_t ClientCounts::count(std::string_view client_key) const {
  const Shard& shard = shards_[shard_of(client_key)];
  const MutexLock lock(shard.mutex);
  const auto it = shard.counts.find(client_key);
  return it == shard.counts.end() ? 0 : it->second;
}

}  // namespace mcprouter::detail
