#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "backend/reply_reader.hpp"
#include "live/backend_exchange.hpp"
#include "live/call_listening.hpp"
#include "protocol/input_required.hpp"
#include "router/client_request.hpp"
#include "router/reach.hpp"
#include "router/relay.hpp"
#include "router/reply.hpp"
#include "support/mailbox.hpp"
#include "support/task.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

/// A modern client's request at a backend of either era, from sending it to its response.
///
/// What a legacy backend asks for meanwhile suspends it: the client gets `input_required`, and the request that comes
/// back with the answers resumes this very call, which runs once (requirements 4.5). A client that goes away while it
/// waits ends it (CAN-01); one that does not come back in time, too.
///
/// Thread safety: `serve` and what it awaits are one client's at a time; the backend's side runs beside it.
class ModernCall : public std::enable_shared_from_this<ModernCall> {
 public:
  /// `hop.call` and `hop.session` are set; `lease` holds that session. `live` is what goes on in it at a legacy
  /// backend, and null at a modern one.
  ModernCall(const RouterAccess& access, RoutesPtr routes, BackendHop hop, Lease lease,
             std::shared_ptr<LiveSession> live);
  ModernCall(const ModernCall&) = delete;
  ModernCall& operator=(const ModernCall&) = delete;
  ~ModernCall() = default;

  /// How a request is sent.
  struct Manner {
    bool asks = false;     ///< The backend may ask the client for something.
    bool as_task = false;  ///< It is to be a task at its legacy backend, of which the client knows nothing.
  };
  /// Sends the request that `body` is, under an id of its own.
  void start(std::string id, std::string body, Manner manner);
  /// Relays what the backend says to this client, until there is a response or the backend asks for something.
  /// `bound_to` is what the same request of the same client has in common with its next try.
  Task<Outcome> serve(const ClientRequest& request, Reply& reply, ResultHook on_result, std::string bound_to);
  /// Hands the client's answers to the backend; what is not answered is asked for again.
  void take_input(const std::vector<InputResponse>& responses);
  /// Nobody waits any more: the backend is told.
  void abandon();

 private:
  struct Event {
    enum class Kind {
      said,      ///< `read` is what the backend said, or why there is nothing more.
      answered,  ///< `read` is the response.
      asked,     ///< `read` is a request that the backend made outside of the call's own stream, or takes one back.
      quiet,     ///< The backend takes its time.
      patience,  ///< Whoever else asks at the same time has done so by now.
      gone,      ///< The client went away.
    } kind;
    ReadMessage read{};
    std::function<void(bool)> taken = nullptr;  ///< To be called when it was dealt with.
    std::size_t round = 0;                      ///< In which the client was there that is gone.
  };
  /// A request of the backend that waits for the client.
  struct Asked {
    InputRequest request;
    std::string id;       ///< As the backend wrote it.
    std::string of_task;  ///< What names the task it belongs to, as written; empty: none.

    /// The message that answers it.
    [[nodiscard]] std::string answer(std::string_view result) const;
  };

  static Task<void> pump(std::shared_ptr<ModernCall> self, std::string id, std::string body, Manner manner);
  /// Has the backend run the request as a task, and waits for that.
  Task<void> pump_task(std::string id, std::string body, BackendExchange::BeforeSend before_send);
  /// Sends a request and hands on what the backend says. Returns whether it ended with a response.
  Task<bool> pump_request(std::string id, std::string body, BackendExchange::BeforeSend before_send, Large large);
  /// Sees to it that what the backend asks outside of the call's own stream is heard in that session, and no longer in
  /// the one before; awaits that it is.
  Task<void> listen(UpstreamPtr upstream);
  Task<void> say(Event::Kind kind, ReadMessage read);
  /// Answers what was asked before this request, and what its client did not declare in it (MRTR-05).
  void refuse_undeclared(const ClientRequest& request);
  /// Takes a request of the backend; `heard` says whether that came on the call's own stream, which tells whose it is.
  void ask(const BackendMessage& message, const ClientRequest& request, Event::Kind heard);
  Task<void> pass(const BackendMessage& message, const ClientRequest& request, Reply& reply);
  /// The backend does not want an answer any more.
  void take_back(std::string_view id);
  Task<Outcome> suspend(const ClientRequest& request, Reply& reply, const std::string& bound_to);
  Task<Outcome> answer(const ClientRequest& request, Reply& reply, BackendMessage response, const ResultHook& on_result,
                       const std::string& bound_to);
  /// Hands a large result on as it comes; `event` brought the first part of it.
  Task<Outcome> pass_on(const ClientRequest& request, Reply& reply, Event event, const ResultHook& on_result);
  /// Awaits what comes next of a large result. Returns nullopt if the client is gone.
  Task<std::optional<Event>> next_part();
  /// What is wrong with a modern backend's result; empty if nothing is.
  static std::string problem_of(std::string_view result, const ClientRequest& request);
  Task<Outcome> fail(const ClientRequest& request, Reply& reply, UpstreamFailure failure);
  /// Nothing more is said to anybody.
  void finish();
  void post(std::string body);
  void note_upstream(UpstreamPtr upstream);
  [[nodiscard]] Executor& executor() const { return access_.calls.backend.executor; }
  [[nodiscard]] const RouterOptions& options() const { return routes_->options(); }

  const RouterAccess& access_;
  const RoutesPtr routes_;
  const std::string id_;  ///< Names it in the states that clients bring back.
  Lease lease_;
  const std::shared_ptr<LiveSession> live_;  ///< Of the session at a legacy backend; else null.
  BackendExchange exchange_;
  std::atomic<bool> over_{false};  ///< It listens no more.
  Mailbox<Event> events_;
  std::vector<Asked> asked_;
  std::size_t asked_ever_ = 0;
  std::size_t rounds_ = 0;
  bool patient_ = false;  ///< `Event::patience` will come.
  Mutex mutex_;
  UpstreamPtr upstream_ MCPROUTER_GUARDED_BY(mutex_);  ///< Where answers go: known before the backend asks anything.
  std::shared_ptr<CallListening> listening_ MCPROUTER_GUARDED_BY(mutex_);  ///< Null while it has not joined one.
};

}  // namespace mcprouter::detail
