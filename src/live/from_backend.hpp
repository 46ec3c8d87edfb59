#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/call.hpp"
#include "backend/reply_reader.hpp"
#include "live/live_session.hpp"
#include "mcprouter/options.hpp"
#include "protocol/task_ids.hpp"

namespace mcprouter::detail {

/// The hop that a backend's message came over.
struct BackendHop {
  CallAccess calls;
  SessionPtr session;
  BackendPtr backend;
  UpstreamPtr upstream;
  Headers passed;         ///< The client's headers that the backend's rules let through.
  Headers param_headers;  ///< The modern client's `Mcp-Param-*`.
  std::shared_ptr<const RouterOptions> options;
  std::shared_ptr<RunningCall> call;  ///< The client's request that the message belongs to, or null.
  /// What users are told of who asks them; empty: there is only one backend (ELI-02).
  std::string asker;
  /// Returns under which URI the client knows a resource of this backend.
  std::function<std::string(std::string_view uri)> exposed_uri;
  /// Maps the ids of this backend's tasks to those that the client knows; empty if there are no tasks in this session.
  TaskIdMap exposed_task;
  Extensions extensions = Extensions::none;  ///< Offered to a modern backend.
  std::optional<Era> era = {};               ///< What the backend was taken for when the call began; empty: either.
};

/// Makes a backend's notification or request into what the client is to get: ids and tokens mapped (TRAP-13), nothing
/// that the client did not declare. Returns nullopt for what does not reach the client: it is answered here (ping,
/// what nobody declared), or dropped (PRG-02).
///
/// A request that is carried is added to `live` and its id towards the client to `asked`.
std::optional<std::string> toward_client(const BackendHop& hop, LiveSession& live, const BackendMessage& message,
                                         std::vector<std::string>& asked);

/// Returns a progress token of ours, of the same JSON type.
[[nodiscard]] std::string token_like(std::string_view token);

/// Answers a backend's request where there is no client to ask.
void answer_alone(const BackendHop& hop, const Message& request);

/// Answers a backend's request with an error: the client takes no requests here.
void refuse_request(const BackendHop& hop, const Message& request, int code, std::string_view text);

}  // namespace mcprouter::detail
