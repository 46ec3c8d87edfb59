#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// How many sessions each client has; a client without any takes no memory.
///
/// Thread safety: thread-safe; sharded by the client's key, apart from the sessions' own shards so that no two locks
/// are ever held at once.
class ClientCounts {
 public:
  /// Counts one more, unless the client has `limit` already. Returns whether it did.
  bool try_add(std::string_view client_key, std::size_t limit);
  /// Undoes one `try_add`.
  void subtract(std::string_view client_key);

  [[nodiscard]] std::size_t count(std::string_view client_key) const;

 private:
  static constexpr std::size_t kShards = 64;

  struct alignas(64) Shard {
    mutable Mutex mutex;
    /// Ordered: a client chooses a part of its key, so a hash table could be made slow.
    std::map<std::string, std::size_t, std::less<>> counts MCPROUTER_GUARDED_BY(mutex);
  };

  [[nodiscard]] static std::size_t shard_of(std::string_view client_key) {
    return std::hash<std::string_view>{}(client_key) % kShards;
  }

  std::array<Shard, kShards> shards_;
};

}  // namespace mcprouter::detail
