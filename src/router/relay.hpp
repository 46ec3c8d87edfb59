#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/result_stream.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What happens to a result on its way to the client.
struct ResultHook {
  std::vector<ResultEdit> edits;
  std::function<void()> on_result;  ///< Called once there is one. May be empty.

  /// There is a whole result: returns what the client is to get instead, or nullopt to leave it.
  [[nodiscard]] std::optional<std::string> apply(std::string_view result) const;
};

/// Sends a request to a backend and relays what the backend says until its response: notifications and requests in
/// order, then the response with the client's id.
///
/// A client that goes away does not end the call (SSE-06); `notifications/cancelled` does, and so do `call_idle`
/// without a message, unless the backend waits for the client, and `call_total`: the backend is then told. An answer
/// that breaks off where the backend lets it be resumed is resumed (SSE-03).
///
/// A large result is passed on as it comes. If it then breaks off, or turns out to be no response, the client's answer
/// is cut off too.
Task<Outcome> relay(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, std::string body,
                    Reply& reply, ResultHook on_result = {});

}  // namespace mcprouter::detail
