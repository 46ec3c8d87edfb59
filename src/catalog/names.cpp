#include "catalog/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace mcprouter::detail {
namespace {

constexpr std::size_t kMaxExposedName = 64;
constexpr std::string_view kSeparator = "__";
constexpr std::size_t kHashDigits = 8;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

/// FNV-1a: the same in every process and every version of the library, since clients keep exposed names.
std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

}  // namespace

std::string exposed_name(std::string_view backend, std::string_view name) {
  std::string exposed = fmt::format("{}{}{}", backend, kSeparator, name);
  const bool odd = name.empty() || !std::all_of(name.begin(), name.end(), is_name_character);
  if (exposed.size() <= kMaxExposedName && !odd) {
    return exposed;
  }
  std::replace_if(
      exposed.begin(), exposed.end(), [](char c) { return !is_name_character(c); }, '_');
  exposed.resize(std::min(exposed.size(), kMaxExposedName - kHashDigits - 1));
  return fmt::format("{}_{:08x}", exposed, static_cast<std::uint32_t>(stable_hash(name) >> 32));
}

std::optional<std::string> NameTable::learn(const std::string& backend, const std::string& name) {
  std::string exposed = exposed_name(backend, name);
  {
    const std::shared_lock lock(mutex_);
    if (const auto found = owners_.find(exposed); found != owners_.end()) {
      return found->second == NameOwner{backend, name} ? std::optional(std::move(exposed)) : std::nullopt;
    }
  }
  const std::unique_lock lock(mutex_);
  std::size_t& count = counts_[backend];
  if (count >= max_per_backend_) {
    std::erase_if(owners_, [&](const auto& entry) { return entry.second.backend == backend; });
    count = 0;
  }
  const auto [entry, added] = owners_.try_emplace(exposed, NameOwner{backend, name});
  if (added) {
    ++count;
  } else if (entry->second != NameOwner{backend, name}) {
    return std::nullopt;
  }
  return exposed;
}

std::optional<NameOwner> NameTable::find(std::string_view exposed) const {
  const std::shared_lock lock(mutex_);
  const auto found = owners_.find(exposed);
  return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace mcprouter::detail
