#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/names.hpp"
#include "catalog/uris.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/options.hpp"

namespace mcprouter::detail {

/// Where messages go, as one configuration says. Immutable but for the tables of names and URIs it has learnt; a reload
/// makes a new one, and requests in flight keep theirs.
class Routes {
 public:
  /// Throws ConfigError.
  Routes(RouterOptions options, std::vector<Backend> backends);

  [[nodiscard]] const RouterOptions& options() const { return options_; }
  /// In the order of the configuration.
  [[nodiscard]] const std::vector<BackendPtr>& backends() const { return backends_; }
  [[nodiscard]] BackendPtr backend(std::string_view name) const;
  /// Backend::revision, kept for the backends of these routes: it goes over url and headers byte by byte.
  [[nodiscard]] std::uint64_t revision(const Backend& backend) const;
  /// Under which URI clients know a resource of that backend.
  [[nodiscard]] std::string exposed_uri(const std::string& backend, std::string_view uri) const {
    return prefixed_ ? uris_.exposed(backend, uri) : std::string(uri);
  }
  /// Whether exposed names carry the backend's name.
  [[nodiscard]] bool prefixed() const { return prefixed_; }
  [[nodiscard]] NameTable& tools() const { return tools_; }
  [[nodiscard]] NameTable& prompts() const { return prompts_; }
  [[nodiscard]] UriTable& uris() const { return uris_; }
  [[nodiscard]] UriTable& templates() const { return templates_; }

 private:
  RouterOptions options_;
  std::vector<BackendPtr> backends_;
  std::vector<std::uint64_t> revisions_;  ///< Of `backends_`.
  bool prefixed_;
  mutable NameTable tools_;
  mutable NameTable prompts_;
  mutable UriTable uris_;
  mutable UriTable templates_;
};

using RoutesPtr = std::shared_ptr<const Routes>;

/// The options of these routes, which it keeps.
[[nodiscard]] inline std::shared_ptr<const RouterOptions> options_of(const RoutesPtr& routes) {
  return {routes, &routes->options()};
}

}  // namespace mcprouter::detail
