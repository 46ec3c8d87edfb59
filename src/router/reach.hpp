#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "backend/upstream_http.hpp"
#include "mcprouter/backend.hpp"
#include "mcprouter/era.hpp"
#include "router/client_request.hpp"
#include "support/task.hpp"

namespace mcprouter::detail {

/// The session that a client's request runs in at a backend; a borrowed one is given back at the end.
class Lease {
 public:
  Lease() = default;
  /// `give_back` is called once, at the end; null for the client's own session.
  explicit Lease(SessionPtr session, std::function<void(bool kept)> give_back = nullptr)
      : session_(std::move(session)), give_back_(std::move(give_back)) {}
  ~Lease() {
    if (give_back_) {
      give_back_(kept_);
    }
  }
  Lease(Lease&& other) noexcept
      : session_(std::move(other.session_)), give_back_(std::exchange(other.give_back_, nullptr)), kept_(other.kept_) {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(session_, other.session_);
    std::swap(give_back_, other.give_back_);
    std::swap(kept_, other.kept_);
    return *this;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  [[nodiscard]] const SessionPtr& session() const { return session_; }
  /// The session is to be there for later requests, even if it was made for this one.
  void keep() { kept_ = true; }

 private:
  SessionPtr session_;
  std::function<void(bool kept)> give_back_;
  bool kept_ = false;
};

/// What a request wants of a backend.
enum class Use {
  call,    ///< Whatever may change what the backend keeps.
  task,    ///< The same, and what comes of it stays there: the session may be kept.
  open,    ///< Nothing yet, but the session that `session_handle` names is to be made.
  list,    ///< What must be the same whatever was called before (LST-01).
  listen,  ///< Nobody else's messages: a session of its own.
};

/// How a request gets to a backend, or why not.
struct Reached {
  std::optional<Era> era;  ///< What the backend speaks; empty: it cannot be reached, and `failure` says why.
  Lease lease;
  UpstreamFailure failure;
};

/// Finds out what a backend speaks, and in which session the request is to run there: the client's own; for a modern
/// client at a legacy backend a stored one, as the backend's affinity says (requirements 4.4). A session that the
/// client opened and that is over is not made anew: the failure is `session_not_found`.
///
/// A borrowed session has the capabilities that the client declared in this very request, normalised, and is shared
/// only with requests of the same (TRAP-25). `request` outlives the call.
Task<Reached> reach_backend(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, Use use);

/// Finds a session again that was kept, by its id. Without an era it is over.
Task<Reached> reach_kept(const RouterAccess& access, std::string session_id);

/// Finds out only what a backend speaks: there is no lease. `request` outlives the call.
Task<Reached> learn_era(const RouterAccess& access, const ClientRequest& request, BackendPtr backend);

}  // namespace mcprouter::detail
