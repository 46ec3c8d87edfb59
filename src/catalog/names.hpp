#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mcprouter::detail {

/// Returns the name under which a backend's tool or prompt is exposed beside those of others:
/// `<backend>__<name>`, cut and given a short stable hash where it would be longer than 64 characters or hold others
/// than `[A-Za-z0-9_.-]` (what model APIs accept).
[[nodiscard]] std::string exposed_name(std::string_view backend, std::string_view name);

/// Who owns an exposed name.
struct NameOwner {
  std::string backend;
  std::string name;  ///< As the backend calls it.

  friend bool operator==(const NameOwner&, const NameOwner&) = default;
};

/// The table exposed name -> owner, filled from the lists that backends gave to any session. What a name stands for
/// depends on nothing else, so sessions share it; whether a session may use it is the backend's affair.
///
/// Thread-safe. Bounded: a backend that has shown more than `max_per_backend` names loses the older ones.
class NameTable {
 public:
  explicit NameTable(std::size_t max_per_backend) : max_per_backend_(max_per_backend) {}

  /// Remembers a backend's name and returns how it is exposed. Returns nullopt if another name of the same backend is
  /// exposed alike.
  std::optional<std::string> learn(const std::string& backend, const std::string& name);
  [[nodiscard]] std::optional<NameOwner> find(std::string_view exposed) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <typename Value>
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  const std::size_t max_per_backend_;
  mutable std::shared_mutex mutex_;
  Map<NameOwner> owners_;
  Map<std::size_t> counts_;  // names per backend
};

}  // namespace mcprouter::detail
