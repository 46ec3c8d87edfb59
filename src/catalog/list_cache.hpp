#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "catalog/backend_list.hpp"
#include "mcprouter/executor.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// Who may be served a list that is private: nobody but who brings the same credentials (CCH-03).
[[nodiscard]] std::string authorization_context(const SessionRecord& session, const Headers& passed);

/// Lists of modern backends, for as long as the backend said they are good. Public ones are served to everybody,
/// private ones only within their authorization context (CCH-04).
///
/// Thread-safe; calls nobody while it holds its lock. Bounded in lists and bytes: the oldest make room.
class ListCache {
 public:
  /// Which list of which backend.
  struct Key {
    std::string backend;
    std::uint64_t revision;
    std::string_view method;  ///< Of static storage.
  };

  [[nodiscard]] std::optional<BackendList> find(const Key& key, const std::string& context, TimePoint now);

  /// Counts invalidations: what was asked for before one is not stored after it (CCH-06).
  [[nodiscard]] std::uint64_t generation();
  /// Stores a list that was asked for in that generation, unless it is good for no time.
  void store(const Key& key, const std::string& context, const BackendList& list, std::uint64_t generation,
             TimePoint now);

  /// Forgets that list of every revision of the backend, for all contexts; without a method all of its lists.
  void invalidate(std::string_view backend, std::string_view method = {});

 private:
  struct Entry {
    std::string name;
    std::string backend;
    std::string_view method;
    BackendList list;
    std::size_t bytes;
    TimePoint good_until;
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry) MCPROUTER_REQUIRES(mutex_);

  Mutex mutex_;
  std::uint64_t generation_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::size_t bytes_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  Entries entries_ MCPROUTER_GUARDED_BY(mutex_);  // oldest first
  std::unordered_map<std::string, Entries::iterator> by_name_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
