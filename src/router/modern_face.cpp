#include "router/modern_face.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "protocol/discover.hpp"
#include "protocol/message.hpp"
#include "protocol/version.hpp"
#include "router/errors.hpp"
#include "router/initialize.hpp"
#include "router/modern_reply.hpp"
#include "router/served.hpp"

namespace mcprouter::detail {
namespace {

// How long clients may keep what is served here. Backends come and go, but a client that did not notice loses nothing.
constexpr std::chrono::minutes kDiscoveryLasts{5};

}  // namespace

SessionRecord modern_client(const RequestMeta& meta, const Principal& principal, const Request& request) {
  SessionRecord client;
  client.principal_key = principal.key();
  client.client_key = client_key(principal, request, {}, {});  // what a client calls itself decides nothing (META-05)
  client.protocol_version = modern_version;
  client.client_info = meta.client_info;
  client.client_capabilities = meta.client_capabilities;
  client.log_level = meta.log_level;
  return client;
}

Response modern_refusal(std::string_view id, const ModernProblem& problem) {
  const ReasonInfo& reason = info(problem.reason);
  if (problem.data.empty()) {
    return refusal(problem.reason, id.empty() ? "null" : id, {problem.detail, {}});
  }
  return {
      reason.status, {{"Content-Type", "application/json"}}, error_message(id, reason.code, reason.text, problem.data)};
}

Task<Outcome> discover(const RouterAccess& access, const ClientRequest& request, Reply& reply) {
  const Served served = co_await find_served(access, request);
  Discovery discovery;
  discovery.versions.assign(offered_versions.begin(), offered_versions.end());
  discovery.capabilities = served.capabilities;
  discovery.instructions = served.instructions;
  discovery.hints.is_public = true;
  discovery.hints.ttl = served.all_known ? kDiscoveryLasts : std::chrono::milliseconds(0);
  reply.allow_caching(discovery.hints);
  const std::string who = server_info_object(request.routes->options().server_info);
  std::string response = result_message(request.message.id, discover_result(discovery, who));
  co_await reply.answer(std::move(response));
  co_return Outcome{};
}

}  // namespace mcprouter::detail
