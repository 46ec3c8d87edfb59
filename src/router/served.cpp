#include "router/served.hpp"

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "backend/header_rules.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/version.hpp"
#include "support/await.hpp"
#include "support/gather.hpp"

namespace mcprouter::detail {
namespace {

using Acquired = BackendSessionManager::Acquired;
using Known = BackendSessionManager::Known;

// A backend that could not be reached delays no other client for so long.
constexpr std::chrono::seconds kForgiveFailureAfter{10};

Task<bool> reach(CallAccess access, SessionPtr session, BackendPtr backend, Headers passed) {
  Callback<Acquired> acquiring(
      [&](std::function<void(Acquired)> done) { access.upstreams.acquire(session, backend, passed, std::move(done)); });
  const Acquired acquired = co_await acquiring;
  co_return acquired.upstream != nullptr;
}

}  // namespace

Task<std::string> find_capabilities(RouterAccess access, RoutesPtr routes, SessionPtr session,
                                    const Headers& client_headers) {
  BackendSessionManager& upstreams = access.calls.upstreams;
  Executor& executor = access.calls.backend.executor;
  std::vector<Task<bool>> reaching;
  for (const BackendPtr& backend : routes->backends()) {
    const Known known = upstreams.known(*backend);
    const bool failed_just_now = known.failed && executor.now() - *known.failed < kForgiveFailureAfter;
    if (!known.capabilities && !failed_just_now) {
      Headers passed = forwarded_headers(client_headers, backend->headers);
      reaching.push_back(reach(access.calls, session, backend, std::move(passed)));
    }
  }
  if (!reaching.empty()) {
    co_await gather(executor, std::move(reaching), routes->options().timeouts.list);
  }
  std::vector<std::shared_ptr<const std::string>> texts;
  ServedCapabilities served;
  for (const BackendPtr& backend : routes->backends()) {
    if (auto capabilities = upstreams.known(*backend).capabilities) {
      served.backends.emplace_back(*capabilities);
      texts.push_back(std::move(capabilities));
    } else {
      served.some_unknown = true;
    }
  }
  served.tasks = session->protocol_version >= version_2025_11_25;
  served.task_lists = !session->principal_key.empty();
  co_return served_capabilities(served);
}

}  // namespace mcprouter::detail
