#include "router/served.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "backend/header_rules.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/discover.hpp"
#include "protocol/version.hpp"
#include "router/modern_tasks.hpp"
#include "router/reach.hpp"
#include "support/await.hpp"
#include "support/gather.hpp"

namespace mcprouter::detail {
namespace {

using Acquired = BackendSessionManager::Acquired;
using Known = BackendSessionManager::Known;

// A backend that could not be reached delays no other client for so long.
constexpr std::chrono::seconds kForgiveFailureAfter{10};
// Of a backend's instructions; they go into every model's context.
constexpr std::size_t kMaxInstructions = 4u << 10;

/// Reaches a backend so that it is known afterwards what it declares. Owns what it uses, since `gather` may let it run
/// on.
Task<bool> reach(RouterAccess access, RoutesPtr routes, SessionPtr session, Headers headers, BackendPtr backend) {
  const Message no_message{};
  const ClientRequest request{std::move(routes), std::move(session), headers, {}, no_message};
  const Reached reached = co_await reach_backend(access, request, backend, Use::list);
  if (!reached.era) {
    co_return false;
  }
  Callback<Acquired> acquiring([&](std::function<void(Acquired)> done) {
    access.calls.upstreams.acquire(reached.lease.session(), backend, forwarded_headers(headers, backend->headers),
                                   std::move(done));
  });
  const Acquired acquired = co_await acquiring;
  co_return acquired.upstream != nullptr;
}

/// Adds what a backend tells the model to do; with several, under the backend's name.
void add_instructions(std::string& all, std::string_view instructions, std::string_view heading) {
  if (instructions.empty() || instructions.size() > kMaxInstructions) {
    return;
  }
  all += all.empty() ? "" : "\n\n";
  if (!heading.empty()) {
    all.append("# ").append(heading).append("\n\n");
  }
  all += instructions;
}

}  // namespace

bool any_has(BackendSessionManager& upstreams, const std::vector<BackendPtr>& backends, std::string_view capability) {
  return std::any_of(backends.begin(), backends.end(), [&](const BackendPtr& backend) {
    const auto capabilities = upstreams.known(*backend).capabilities;
    return capabilities && has_capability(*capabilities, capability);
  });
}

Task<Served> find_served(const RouterAccess& access, const ClientRequest& request) {
  BackendSessionManager& upstreams = access.calls.upstreams;
  Executor& executor = access.calls.backend.executor;
  const Routes& routes = *request.routes;
  std::vector<Task<bool>> reaching;
  for (const BackendPtr& backend : routes.backends()) {
    const Known known = upstreams.known(*backend);
    const bool failed_just_now = known.failed && executor.now() - *known.failed < kForgiveFailureAfter;
    if (!known.capabilities && !failed_just_now) {
      reaching.push_back(reach(access, request.routes, request.session, request.headers, backend));
    }
  }
  if (!reaching.empty()) {
    co_await gather(executor, access.background, std::move(reaching), routes.options().timeouts.list);
  }
  Served served;
  served.instructions = routes.options().server_info.instructions;
  std::vector<std::shared_ptr<const std::string>> texts;
  ServedCapabilities capabilities;
  for (const BackendPtr& backend : routes.backends()) {
    Known known = upstreams.known(*backend);
    if (known.capabilities) {
      capabilities.backends.emplace_back(*known.capabilities);
      texts.push_back(std::move(known.capabilities));
    } else {
      served.all_known = false;
    }
    if (known.instructions) {
      add_instructions(served.instructions, *known.instructions,
                       routes.prefixed() ? std::string_view(backend->name) : std::string_view());
    }
  }
  capabilities.some_unknown = !served.all_known;
  capabilities.tasks = request.session->protocol_version >= version_2025_11_25;
  capabilities.task_lists = !request.session->principal_key.empty();
  served.capabilities = request.is_modern()
                            ? modern_capabilities(std::move(capabilities), has_modern_tasks(upstreams, routes))
                            : served_capabilities(capabilities);
  co_return served;
}

}  // namespace mcprouter::detail
