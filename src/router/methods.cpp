#include "router/methods.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "protocol/capabilities.hpp"
#include "protocol/listen_filter.hpp"
#include "protocol/version.hpp"
#include "router/completion.hpp"
#include "router/failed_call.hpp"
#include "router/list.hpp"
#include "router/listen.hpp"
#include "router/log_level.hpp"
#include "router/modern_face.hpp"
#include "router/modern_tasks.hpp"
#include "router/named_call.hpp"
#include "router/resource.hpp"
#include "router/tasks.hpp"

namespace mcprouter::detail {
namespace {

using Serve = Task<Outcome> (*)(const RouterAccess&, const ClientRequest&, Reply&);

struct Method {
  std::string_view name;
  Serve serve;
  /// What some backend must have declared, or could have: without, there is no such method (INIT-06). Empty: nothing.
  std::string_view capability;
  std::string_view since = version_2024_11_05;  ///< The first revision that has it.
  std::string_view until = version_2026_07_28;  ///< The last one.
  bool of_tasks_extension = false;
};

Task<Outcome> pong(const RouterAccess&, const ClientRequest& request, Reply& reply) {
  std::string response = result_message(request.message.id, "{}");
  co_await reply.answer(std::move(response));
  co_return Outcome{};
}

template <const ServedList& list>
Task<Outcome> serve_this_list(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  return serve_list(access, request, reply, list);
}

template <const Named& named>
Task<Outcome> call_this(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  return call_named(access, request, reply, named);
}

constexpr std::string_view last_with_sessions = newest_session_version;

constexpr std::array<Method, 21> kMethods{{
    {"tools/call", call_this<kTools>, ""},
    {"tools/list", serve_this_list<kServedTools>, "tools"},
    {"prompts/get", call_this<kPrompts>, "prompts"},
    {"prompts/list", serve_this_list<kServedPrompts>, "prompts"},
    {"resources/read", read_resource, "resources"},
    {"resources/list", serve_this_list<kServedResources>, "resources"},
    {"resources/templates/list", serve_this_list<kServedTemplates>, "resources"},
    {"resources/subscribe", subscribe, "resources", version_2024_11_05, last_with_sessions},
    {"resources/unsubscribe", unsubscribe, "resources", version_2024_11_05, last_with_sessions},
    {"completion/complete", complete, "completions"},
    {"logging/setLevel", set_log_level, "logging", version_2024_11_05, last_with_sessions},
    {"ping", pong, "", version_2024_11_05, last_with_sessions},
    {"tasks/get", call_task, "tasks", version_2025_11_25, last_with_sessions},
    {"tasks/result", call_task, "tasks", version_2025_11_25, last_with_sessions},
    {"tasks/cancel", call_task, "tasks", version_2025_11_25, last_with_sessions},
    {"tasks/list", list_tasks, "tasks", version_2025_11_25, last_with_sessions},
    {"tasks/get", call_modern_task, "", version_2026_07_28, version_2026_07_28, true},
    {"tasks/update", call_modern_task, "", version_2026_07_28, version_2026_07_28, true},
    {"tasks/cancel", call_modern_task, "", version_2026_07_28, version_2026_07_28, true},
    {"server/discover", discover, "", version_2026_07_28},
    {"subscriptions/listen", listen_for_changes, "", version_2026_07_28},
}};

/// Says whether a backend has the capability, or was never reached and may have it.
bool may_have(BackendSessionManager& upstreams, const Routes& routes, std::string_view capability) {
  const auto& backends = routes.backends();
  return std::any_of(backends.begin(), backends.end(), [&](const BackendPtr& backend) {
    const auto capabilities = upstreams.known(*backend).capabilities;
    return !capabilities || has_capability(*capabilities, capability);
  });
}

bool is_known(std::string_view name) {
  return std::any_of(kMethods.begin(), kMethods.end(), [name](const Method& method) { return method.name == name; });
}

/// Returns null if this version has no such method.
const Method* find(std::string_view name, std::string_view version) {
  const auto* const found = std::find_if(kMethods.begin(), kMethods.end(), [&](const Method& method) {
    return method.name == name && version >= method.since && version <= method.until;
  });
  return found == kMethods.end() ? nullptr : found;
}

/// Returns null if this client is not served it.
const Method* find_served_method(const RouterAccess& access, const ClientRequest& request) {
  const Method* const method = find(request.message.method, request.session->protocol_version);
  if (method == nullptr) {
    return nullptr;
  }
  BackendSessionManager& upstreams = access.calls.upstreams;
  const bool served = method->of_tasks_extension
                          ? has_modern_tasks(upstreams, *request.routes)
                          : method->capability.empty() || may_have(upstreams, *request.routes, method->capability);
  return served ? method : nullptr;
}

/// Says whether the request needs the client to have declared the extension (TSK-08, SUB-10).
bool needs_tasks(const Method& method, const ClientRequest& request) {
  return method.of_tasks_extension || (method.serve == listen_for_changes && asks_for_tasks(request.message.params));
}

}  // namespace

Task<Outcome> serve_method(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  if (request.has_ended()) {
    return answer_ended(request, {}, reply);
  }
  const Method* const method = find_served_method(access, request);
  if (method == nullptr) {
    return refuse(request, reply, Reason::method_not_found);
  }
  // What is wrong is told in this order (requirements 0.2, steps 10 to 12).
  if (needs_tasks(*method, request) && !takes_tasks(request)) {
    return refuse_without_tasks(request, reply);
  }
  if (!request.log_level_is_known) {
    return refuse(request, reply, Reason::invalid_params, "io.modelcontextprotocol/logLevel is no level");
  }
  return method->serve(access, request, reply);
}

std::string_view method_label(std::string_view method) { return is_known(method) ? method : "other"; }

}  // namespace mcprouter::detail
