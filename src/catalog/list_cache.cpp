#include "catalog/list_cache.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "backend/header_rules.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t kMaxLists = 4'096;
constexpr std::size_t kMaxBytes = 64u << 20;
// However long a backend says that a list is good.
constexpr std::chrono::milliseconds kLongestTtl = std::chrono::hours(24);
// One list may not crowd out all others.
constexpr std::size_t kMaxListBytes = kMaxBytes / 8;

std::string name_of(const ListCache::Key& key, bool is_private, std::string_view context) {
  return fmt::format("{}\n{}\n{}\n{}", key.backend, key.revision, key.method,
                     is_private ? fmt::format("private\n{}", context) : "public");
}

std::size_t bytes_of(const BackendList& list, const std::string& name) {
  std::size_t bytes = sizeof(BackendList) + 2 * name.size() + list.entries.size() * sizeof(std::string_view);
  for (const auto& page : list.pages) {
    bytes += page->size();
  }
  return bytes;
}

}  // namespace

std::string authorization_context(const SessionRecord& session, const Headers& passed) {
  std::string context = session.principal_key;
  for (const auto& [name, value] : session_headers(passed)) {
    context.append("\n").append(name).append(": ").append(value);
  }
  return context;
}

std::optional<BackendList> ListCache::find(const Key& key, const std::string& context, TimePoint now) {
  const std::string public_name = name_of(key, false, {});
  const std::string private_name = name_of(key, true, context);
  MutexLock lock(mutex_);
  for (const std::string* name : {&public_name, &private_name}) {
    const auto found = by_name_.find(*name);
    if (found == by_name_.end()) {
      continue;
    }
    if (now < found->second->good_until) {
      return found->second->list;
    }
    erase(found->second);
  }
  return std::nullopt;
}

std::uint64_t ListCache::generation() {
  MutexLock lock(mutex_);
  return generation_;
}

void ListCache::store(const Key& key, const std::string& context, const BackendList& list, std::uint64_t generation,
                      TimePoint now) {
  std::string name = name_of(key, !list.hints.is_public, context);
  const std::size_t bytes = bytes_of(list, name);
  if (!list.ok || list.hints.ttl.count() <= 0 || bytes > kMaxListBytes) {
    return;
  }
  MutexLock lock(mutex_);
  if (generation != generation_) {
    return;
  }
  if (const auto found = by_name_.find(name); found != by_name_.end()) {
    erase(found->second);
  }
  while (!entries_.empty() && (entries_.size() >= kMaxLists || bytes_ + bytes > kMaxBytes)) {
    erase(entries_.begin());
  }
  entries_.push_back({name, key.backend, key.method, list, bytes, now + std::min(list.hints.ttl, kLongestTtl)});
  by_name_.emplace(std::move(name), std::prev(entries_.end()));
  bytes_ += bytes;
}

void ListCache::invalidate(std::string_view backend, std::string_view method) {
  MutexLock lock(mutex_);
  ++generation_;
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const auto next = std::next(entry);
    if (entry->backend == backend && (method.empty() || entry->method == method)) {
      erase(entry);
    }
    entry = next;
  }
}

void ListCache::erase(Entries::iterator entry) {
  bytes_ -= entry->bytes;
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace mcprouter::detail
