#include "catalog/uris.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "protocol/uri_template.hpp"

namespace mcprouter::detail {

std::string UriTable::learn(const std::string& backend, const std::string& uri) {
  const std::unique_lock lock(mutex_);
  const auto found = owners_.find(uri);
  const bool taken = found != owners_.end() && found->second.backend != backend;
  std::string exposed = taken || reads_as_qualified(uri) ? qualified_uri(backend, uri) : uri;
  if (owners_.count(exposed) > 0) {
    return exposed;
  }
  std::size_t& count = counts_[backend];
  if (count >= max_per_backend_) {
    std::erase_if(owners_, [&](const auto& entry) { return entry.second.backend == backend; });
    count = 0;
  }
  ++count;
  owners_.emplace(exposed, NameOwner{backend, uri});
  return exposed;
}

std::string UriTable::exposed(std::string_view backend, std::string_view uri) const {
  constexpr int kMaxLevels = 32;
  std::string qualified = qualified_uri(backend, uri);
  const std::shared_lock lock(mutex_);
  if (reads_as_qualified(uri)) {
    return qualified;
  }
  std::string_view whole = uri;
  for (int level = 0; level < kMaxLevels && !whole.empty(); ++level) {
    if (owners_.contains(qualified_uri(backend, whole))) {
      return qualified;
    }
    if (const auto found = owners_.find(whole); found != owners_.end() && found->second.backend == backend) {
      break;
    }
    const std::size_t slash = whole.rfind('/');
    whole = whole.substr(0, slash == std::string_view::npos ? 0 : slash);
  }
  return std::string(uri);
}

std::optional<NameOwner> UriTable::find(std::string_view exposed) const {
  const std::shared_lock lock(mutex_);
  const auto found = owners_.find(exposed);
  return found == owners_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<NameOwner> UriTable::match(std::string_view uri) const {
  const std::shared_lock lock(mutex_);
  const std::pair<const std::string, NameOwner>* best = nullptr;
  std::size_t best_literals = 0;
  for (const auto& entry : owners_) {
    const auto literals = match_template(entry.first, uri);
    // Between equals the order of the configuration decides, not a text that a backend chose.
    const bool better =
        literals && (best == nullptr || *literals > best_literals ||
                     (*literals == best_literals && rank(entry.second.backend) < rank(best->second.backend)));
    if (better) {
      best = &entry;
      best_literals = *literals;
    }
  }
  return best == nullptr ? std::nullopt : std::optional(best->second);
}

bool UriTable::reads_as_qualified(std::string_view uri) const {
  const std::size_t plus = uri.find('+');
  return plus != std::string_view::npos &&
         std::find(backends_.begin(), backends_.end(), uri.substr(0, plus)) != backends_.end();
}

std::size_t UriTable::rank(const std::string& backend) const {
  return static_cast<std::size_t>(std::find(backends_.begin(), backends_.end(), backend) - backends_.begin());
}

bool is_usable_uri(std::string_view uri) {
  constexpr std::size_t kMaxUri = 8u << 10;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  return !uri.empty() && uri.size() <= kMaxUri && std::none_of(uri.begin(), uri.end(), is_control);
}

std::string qualified_uri(std::string_view backend, std::string_view uri) { return fmt::format("{}+{}", backend, uri); }

}  // namespace mcprouter::detail
