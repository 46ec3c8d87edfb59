#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "backend/handshake.hpp"
#include "backend/lost_upstreams.hpp"
#include "backend/message_stream.hpp"
#include "backend/modern_call.hpp"
#include "backend/reply_reader.hpp"
#include "backend/task_tools.hpp"
#include "backend/tool_headers.hpp"
#include "backend/upstream_http.hpp"
#include "mcprouter/backend_session_manager.hpp"
#include "mcprouter/era.hpp"
#include "mcprouter/session_store.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// What calls work with. What is not shared outlives what uses it.
struct CallAccess {
  BackendAccess backend;
  SessionStore& store;
  BackendSessionManager& upstreams;
  std::shared_ptr<ToolHeaders> tool_headers = std::make_shared<ToolHeaders>();
  std::shared_ptr<TaskTools> task_tools = std::make_shared<TaskTools>();
  std::shared_ptr<LostUpstreams> lost = std::make_shared<LostUpstreams>();
};

/// One request to one backend within a frontend session.
struct CallRequest {
  SessionPtr session;
  BackendPtr backend;
  std::string body;  ///< The JSON-RPC request as the backend is to get it.
  Headers passed;    ///< The client's headers that the backend's rules let through.
  ExchangeTimes times;
  bool retry_connect = true;  ///< Whether a refused connection is tried again, for `times.connect` at most.
  std::size_t max_message;
  Large large = Large::whole;
  /// Awaited, with the upstream session, before the request is sent there: it is if this returns true. May be empty.
  std::function<Task<bool>(UpstreamPtr)> before_send = nullptr;
  /// Called when the request is on its way, with where its answer comes. May be empty.
  std::function<void(const std::shared_ptr<MessageStream>&)> on_sent = nullptr;
  /// Called when that stream was nudged before the answer has begun. Requires: `on_sent`.
  std::function<void()> on_wait = nullptr;
  /// Ends the wait for the answer, also after it has begun. Nothing is sent after it has stopped.
  std::shared_ptr<StopSignal> stop = nullptr;
  /// What the sender takes the backend for; empty: either is fine.
  std::optional<Era> era = {};
  // To a modern backend.
  Headers param_headers = {};  ///< The client's `Mcp-Param-*`.
  Extensions extensions = Extensions::none;
  /// Of `session` at `backend`, if the sender has looked already.
  UpstreamPtr upstream = nullptr;
};

/// The beginning of an answer, or why there is none. Of a modern backend an answer may be the error of a 400 or 404.
struct OpenedCall {
  std::shared_ptr<MessageStream> stream;
  UpstreamPtr upstream;
  UpstreamFailure failure;
};

/// Sends a request within the session's upstream session, made if need be; to a modern backend with the headers and the
/// `_meta` that its era wants.
///
/// A 404 to a request that carried the upstream session's id means that the backend did not run it: the session is
/// made anew and the request sent once more (SES-07). So does a 400, if a ping in that session is refused as well. A
/// modern backend that refuses the headers of a tools/call is asked for its tools, and the call is sent once more with
/// the headers that it wants now (PAR-06). One that refuses the version, or answers 400, 404 or 405 as no modern server
/// does, is asked for its era again, and the request is sent once more as that wants it (VER-10, VER-13). A connection
/// that could not be made is tried again. Nothing else is sent twice, because the backend may have run it (TRAP-40).
/// To a backend that turns out to be of another era than `era` nothing is sent: who comes next knows it.
Task<OpenedCall> open_call(const CallAccess& access, CallRequest request);

/// Sends a request of ours, with that id, which belongs to no request of a client, and returns its response or why
/// there is none. What the backend asks meanwhile is answered as `answer_alone` does; its notifications are dropped. A
/// backend that nobody waits for any more is told (CAN-02). `limits` outlives the call.
Task<ReadMessage> ask_alone(const CallAccess& access, CallRequest request, std::string id, const Limits& limits);

/// Lets `signal` interrupt a stream as cancelled, in place of what it ended for `who` before.
void interrupt_on(StopSignal& signal, const void* who, const std::shared_ptr<MessageStream>& stream);

/// Posts a message whose answer does not matter (a notification or a response) within an upstream session. A modern
/// backend takes neither: nothing is sent.
///
/// A connection that could not be made is tried again a few times; whatever else goes wrong the backend may have taken
/// the message. `lost` is called when it certainly did not get it; may be empty.
void post_message(BackendAccess access, const Backend& backend, const UpstreamSession& upstream, const Headers& passed,
                  std::string body, ExchangeTimes times, std::size_t max_message,
                  std::function<void(const UpstreamFailure&)> lost = nullptr);
/// Answers a backend's request where there is no client to ask: a ping as it wants (INIT-09), anything else with an
/// error.
void answer_alone(BackendAccess access, const Backend& backend, const UpstreamSession& upstream, const Headers& passed,
                  const Message& request, ExchangeTimes times, std::size_t max_message);
/// Does the same as `post_message`, and awaits that the backend has taken it, or that the first try failed: for what
/// has to come before something else.
Task<void> send_message(BackendAccess access, const Backend& backend, const UpstreamSession& upstream,
                        const Headers& passed, std::string body, ExchangeTimes times, std::size_t max_message);

}  // namespace mcprouter::detail
