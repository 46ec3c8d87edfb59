#include "router/routes.hpp"

#include <utility>

namespace mcprouter::detail {
namespace {

std::vector<std::string> names_of(const std::vector<Backend>& backends) {
  std::vector<std::string> names;
  for (const Backend& backend : backends) {
    names.push_back(backend.name);
  }
  return names;
}

}  // namespace

Routes::Routes(RouterOptions options, std::vector<Backend> backends)
    : options_(std::move(options)),
      prefixed_(options_.naming == Naming::always || backends.size() > 1),
      // One more than a list has: the tool that opens sessions.
      tools_(options_.limits.max_list_items + 1),
      prompts_(options_.limits.max_list_items),
      uris_(names_of(backends), options_.limits.max_list_items),
      templates_(names_of(backends), options_.limits.max_list_items) {
  check(options_, "$.router");
  check(backends, "$.backends");
  backends_.reserve(backends.size());
  revisions_.reserve(backends.size());
  for (Backend& backend : backends) {
    revisions_.push_back(backend.revision());
    backends_.push_back(std::make_shared<const Backend>(std::move(backend)));
  }
}

BackendPtr Routes::backend(std::string_view name) const {
  for (const BackendPtr& backend : backends_) {
    if (backend->name == name) {
      return backend;
    }
  }
  return nullptr;
}

std::uint64_t Routes::revision(const Backend& backend) const {
  for (std::size_t index = 0; index < backends_.size(); ++index) {
    if (backends_[index].get() == &backend) {
      return revisions_[index];
    }
  }
  return backend.revision();
}

}  // namespace mcprouter::detail
