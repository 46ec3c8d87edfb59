#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "catalog/names.hpp"

namespace mcprouter::detail {

/// The table exposed URI -> owner, for URIs of resources or texts of templates, filled from the lists that backends
/// gave to any session. A URI is exposed as it is; one that another backend showed before, or that has a backend's name
/// in front already, is exposed as `<backend>+<uri>`, which is a URI too. So no backend takes over what is another's.
///
/// Thread-safe. Bounded: a backend that has shown more than `max_per_backend` loses the older ones.
class UriTable {
 public:
  /// `backends` are the names of all of them, in order.
  UriTable(std::vector<std::string> backends, std::size_t max_per_backend)
      : backends_(std::move(backends)), max_per_backend_(max_per_backend) {}

  /// Remembers a backend's URI and returns how it is exposed.
  std::string learn(const std::string& backend, const std::string& uri);
  /// Returns how a backend's URI is exposed; one that is not known, as the nearest one above it that is (TRAP-16), or
  /// as it is.
  [[nodiscard]] std::string exposed(std::string_view backend, std::string_view uri) const;
  [[nodiscard]] std::optional<NameOwner> find(std::string_view exposed) const;
  /// Returns the owner of the template that the URI fits best.
  [[nodiscard]] std::optional<NameOwner> match(std::string_view uri) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  template <typename Value>
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  [[nodiscard]] bool reads_as_qualified(std::string_view uri) const;
  /// Where a backend stands in the configuration.
  [[nodiscard]] std::size_t rank(const std::string& backend) const;

  const std::vector<std::string> backends_;
  const std::size_t max_per_backend_;
  mutable std::shared_mutex mutex_;
  Map<NameOwner> owners_;
  Map<std::size_t> counts_;  // URIs per backend
};

/// Says whether it may be the URI of a resource: 1 to 8 KiB without control characters (RSC-01).
[[nodiscard]] bool is_usable_uri(std::string_view uri);

/// Returns `<backend>+<uri>`.
[[nodiscard]] std::string qualified_uri(std::string_view backend, std::string_view uri);

}  // namespace mcprouter::detail
