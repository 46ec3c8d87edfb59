#include "mcprouter/session_store.hpp"

namespace mcprouter {

UpstreamPtr SessionRecord::upstream(std::string_view backend, std::uint64_t revision) const {
  for (const UpstreamPtr& candidate : upstreams) {
    if (candidate->revision == revision && candidate->backend == backend) return candidate;
  }
  return nullptr;
}

}  // namespace mcprouter
