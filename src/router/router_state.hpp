#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "backend/live_streams.hpp"
#include "live/from_backend.hpp"
#include "live/live_sessions.hpp"
#include "live/session_listening.hpp"
#include "mcprouter/router.hpp"
#include "protocol/message.hpp"
#include "router/asking_tasks.hpp"
#include "router/client_listens.hpp"
#include "router/client_request.hpp"
#include "router/reply.hpp"
#include "router/routes.hpp"
#include "router/session_life.hpp"
#include "router/suspended_calls.hpp"
#include "support/await.hpp"
#include "support/seal.hpp"
#include "support/stop_signal.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"
#include "support/work_count.hpp"

namespace mcprouter {

/// What a Router is made of. Requests in flight share it.
class Router::State : public std::enable_shared_from_this<State> {
 public:
  State(const RouterParts& parts, detail::RoutesPtr routes);

  void handle(Request request, std::shared_ptr<ResponseWriter> writer);
  void reload(detail::RoutesPtr routes);
  bool shutdown(std::chrono::milliseconds deadline);

 private:
  /// One HTTP request, from gate to answer.
  struct Visit : detail::CachedFrame {
    Visit(Request its_request, std::shared_ptr<ResponseWriter> writer, detail::RoutesPtr its_routes, Executor& executor)
        : request(std::move(its_request)),
          routes(std::move(its_routes)),
          reply(std::move(writer), detail::read_accept(request.headers), executor,
                routes->options().timeouts.keep_alive) {}

    const Request request;
    const std::optional<std::string_view> version_header = request.headers.find("MCP-Protocol-Version");
    const detail::RoutesPtr routes;
    detail::HttpReply reply;
    Principal principal;

    [[nodiscard]] std::string_view version() const { return version_header.value_or(std::string_view()); }
  };

  static detail::Detached serve(std::shared_ptr<State> self, std::unique_ptr<Visit> visit);
  /// Runs what goes on without a request.
  static detail::Task<void> go_on(std::shared_ptr<State> self, detail::Task<void> task);
  detail::Task<void> admit(Visit& visit);
  detail::Task<void> post(Visit& visit);
  /// Serves a message of a client that speaks 2026-07-28.
  detail::Task<void> post_modern(Visit& visit, const detail::Message& message);
  detail::Task<void> end_session(Visit& visit);
  /// GET: a stream of the session's own, or the rest of one that lost its connection.
  detail::Task<void> open_stream(Visit& visit);
  /// Ends one `hold` of the store.
  void release(const std::string& session_id);
  void listen(const std::shared_ptr<detail::LiveSession>& live, const Visit& visit, const SessionPtr& session);
  void begin_listening(const std::shared_ptr<detail::LiveSession>& live, const detail::ListeningClient& client,
                       const std::vector<detail::ListenedBackend>& backends, const detail::RoutesPtr& routes);
  /// Listens to the backends of the present routes in place of those of `before`, and tells the client what that
  /// changes.
  void listen_as_reloaded(const std::shared_ptr<detail::LiveSession>& live, detail::RoutesPtr before);
  detail::Task<void> initialize(Visit& visit, const detail::Message& message);
  detail::Task<void> post_batch(Visit& visit);
  /// Serves one request of a session, and keeps the session alive meanwhile. `request.call` is set.
  detail::Task<void> dispatch(const detail::ClientRequest& request, detail::Reply& reply);
  /// Serves one request of a client of either era, and tells the Observer.
  detail::Task<void> serve_request(const detail::ClientRequest& request, detail::Reply& reply);

  /// Finds the session a request belongs to; null when it was refused.
  detail::Task<SessionPtr> find_session(Visit& visit);
  [[nodiscard]] detail::BlockingThread store_thread() const;
  [[nodiscard]] TimePoint now() const { return parts_.executor.now(); }

  detail::RoutesPtr routes();

  RouterParts parts_;
  const std::shared_ptr<detail::LiveStreams> live_ = std::make_shared<detail::LiveStreams>();
  detail::LiveSessions live_sessions_;
  const std::shared_ptr<detail::SessionLife> life_;
  const detail::Seal seal_;
  detail::ListCache lists_;
  detail::SuspendedCalls suspended_;
  detail::AskingTasks asking_;
  detail::ClientListens listens_;
  detail::SingleFlight<std::string> raising_;
  const std::function<void(detail::Task<void>)> background_;
  const detail::RouterAccess access_;
  detail::WorkCount work_;
  std::atomic<bool> stopping_{false};

  detail::Mutex mutex_;
  detail::RoutesPtr routes_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter
