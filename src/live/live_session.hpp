#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "live/client_stream.hpp"
#include "live/replay_budget.hpp"
#include "live/session_calls.hpp"
#include "live/session_listening.hpp"
#include "mcprouter/executor.hpp"
#include "mcprouter/options.hpp"
#include "mcprouter/session_store.hpp"
#include "support/stop_signal.hpp"
#include "support/thread_annotations.hpp"

namespace mcprouter::detail {

class CallListening;
class ModernListening;

/// What goes on in one session on this node: the client's streams, its calls at backends, and the requests of backends
/// that wait for its answer. Exists while something does.
///
/// Bounded by Limits: streams, what is kept for clients that come back, waiting requests.
///
/// Thread safety: thread-safe.
class LiveSession : public std::enable_shared_from_this<LiveSession> {
 public:
  LiveSession(Executor& executor, const SessionRecord& session, std::shared_ptr<const RouterOptions> options);

  /// What it was made with.
  [[nodiscard]] const std::shared_ptr<const RouterOptions>& options() const { return options_; }

  /// Makes the stream that answers a POST.
  std::shared_ptr<ClientStream> open_answer();
  /// Makes a stream for what belongs to no request. Returns nullptr when `Limits::max_streams` of them have a client;
  /// those that wait for theirs to come back make room.
  std::shared_ptr<ClientStream> open_standalone();
  /// Returns the stream of that id, or nullptr.
  std::shared_ptr<ClientStream> find_stream(std::string_view id);
  /// To be called after something was added to a stream: keeps what is held for clients that come back within bounds,
  /// and holds it for a while only.
  void keep_within_bounds();

  /// Sends a message that belongs to no request on one standalone stream, the newest that has a client (GET-05). While
  /// there is none it waits for one, unless it says what another that waits says already, or too much waits.
  void announce(std::string message);
  /// Sends what waits, after a standalone stream got a client.
  void announce_waiting();
  /// Whether a client listens on a standalone stream.
  [[nodiscard]] bool has_listener();

  /// Its calls, and what backends ask in them.
  [[nodiscard]] SessionCalls& calls() { return calls_; }
  /// Through which the calls of modern clients in that upstream session hear what the backend asks outside of their own
  /// streams. Exists while one of them holds it.
  std::shared_ptr<CallListening> call_listening(const UpstreamSession& upstream);

  /// Remembers what a backend's list was when the client last got it.
  void note_list(const std::string& backend, std::string_view method, std::size_t fingerprint);
  /// Returns that, or nullopt if the client has not got that list.
  std::optional<std::size_t> noted_list(const std::string& backend, std::string_view method);

  /// Begins to listen to these backends, unless that is under way already, and returns those to be listened to. Each of
  /// them is expected to have opened its stream before it gets other requests.
  std::vector<ListenedBackend> start_listening(ListeningClient client, const std::vector<BackendPtr>& backends);
  /// Listens to these backends instead: ends what is left of those that are gone or have changed. Returns nullopt if
  /// nobody listens.
  std::optional<ListeningChange> change_listening(const std::vector<BackendPtr>& backends);
  /// The stream of a backend that is listened to is opened anew.
  void note_opening(const std::string& backend);
  /// The stream of a backend is open, or will not be for now.
  void note_listening(const std::string& backend);
  /// Whether the stream of a backend is being opened. What the backend says for no request in particular is lost while
  /// nobody listens to it.
  [[nodiscard]] bool is_opening(const std::string& backend);
  /// Calls `done` once it no longer is: now, if it is not.
  void when_listening(const std::string& backend, std::function<void()> done);
  /// Remembers what feeds the standalone streams from a backend, as long as it is modern.
  void note_modern_listening(const std::string& backend, std::weak_ptr<ModernListening> listening);
  /// Returns that, or nullptr if nobody listens.
  std::shared_ptr<ModernListening> modern_listening(std::string_view backend);
  /// Ends it if no client listens any more, a while later: a client that lost its connection comes back soon, and what
  /// is said meanwhile waits for it.
  void stop_listening_if_alone();
  /// Ends it and the standalone streams; none begins anew.
  void stop_listening();

  /// The session is over: ends its streams, the listening and the calls.
  void close();

 private:
  std::shared_ptr<ClientStream> make_stream(std::size_t max_waiting) MCPROUTER_REQUIRES(mutex_);
  std::shared_ptr<ClientStream> newest_listener() MCPROUTER_REQUIRES(mutex_);
  void leave_if_alone();
  /// Has what clients may come back for looked at in a while, if there is any.
  void linger();
  void forget_old();

  Executor& executor_;
  const std::shared_ptr<const RouterOptions> options_;
  const bool primed_;
  const std::shared_ptr<ReplayBudget> budget_ = std::make_shared<ReplayBudget>();
  SessionCalls calls_;

  /// A stream that may be resumed.
  struct Kept {
    std::shared_ptr<ClientStream> stream;
    bool standalone;
    bool old = false;  ///< Was over when this was last looked at.

    /// Whether a client can only come back for it.
    [[nodiscard]] bool is_over() const { return stream->ended() || !stream->attached(); }
  };

  Mutex mutex_;
  bool closed_ MCPROUTER_GUARDED_BY(mutex_) = false;
  bool no_more_listening_ MCPROUTER_GUARDED_BY(mutex_) = false;
  Executor::TimerId leave_timer_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  Executor::TimerId linger_timer_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  std::list<Kept> streams_ MCPROUTER_GUARDED_BY(mutex_);       ///< Oldest first.
  std::uint64_t stream_ids_ MCPROUTER_GUARDED_BY(mutex_) = 0;  ///< What the ids of all of them begin with.
  std::size_t stream_count_ MCPROUTER_GUARDED_BY(mutex_) = 0;  ///< That ever were.
  std::vector<std::string> unannounced_ MCPROUTER_GUARDED_BY(mutex_);
  std::size_t unannounced_bytes_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  /// By serial: of an upstream session that was lost there may still be calls.
  std::vector<std::pair<std::uint64_t, std::weak_ptr<CallListening>>> call_listening_ MCPROUTER_GUARDED_BY(mutex_);
  std::unordered_map<std::string, std::size_t> lists_ MCPROUTER_GUARDED_BY(mutex_);  ///< By backend and method.
  using Waiting = std::vector<std::function<void()>>;
  struct Opening {
    std::string backend;
    Waiting waiting;
  };
  std::vector<Opening>::iterator find_opening(const std::string& backend) MCPROUTER_REQUIRES(mutex_);
  std::vector<Opening> opening_ MCPROUTER_GUARDED_BY(mutex_);  ///< Streams of backends that are being opened.
  ListenedBackend listened(const BackendPtr& backend, Reloaded reloaded) MCPROUTER_REQUIRES(mutex_);
  std::optional<SessionListening> listening_ MCPROUTER_GUARDED_BY(mutex_);
  std::vector<std::pair<std::string, std::weak_ptr<ModernListening>>> modern_ MCPROUTER_GUARDED_BY(mutex_);
};

}  // namespace mcprouter::detail
