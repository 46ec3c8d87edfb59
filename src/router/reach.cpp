#include "router/reach.hpp"

#include <fmt/format.h>

#include <exception>
#include <string>

#include "backend/header_rules.hpp"
#include "backend/restore.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/log_level.hpp"
#include "protocol/version.hpp"
#include "router/session_life.hpp"
#include "support/await.hpp"
#include "support/random.hpp"

namespace mcprouter::detail {
namespace {

using LearntEra = BackendSessionManager::LearntEra;

/// Which requests share a session.
struct Sharing {
  std::string key;         ///< Of those that do; empty: none do.
  std::string principal;   ///< Whose the session is; empty: everybody's.
  std::string client_key;  ///< What the session counts as (max_sessions_per_client); empty: it ends with its request.
};

Sharing sharing(const ClientRequest& request, const Backend& backend, Use use) {
  const SessionRecord& client = *request.session;
  const std::string& principal = client.principal_key;
  const Affinity affinity = backend.affinity != Affinity::automatic ? backend.affinity
                            : principal.empty()                     ? Affinity::ephemeral
                                                                    : Affinity::principal;
  const std::string& handle = request.session_handle;
  const bool calls = use == Use::call || use == Use::task;
  const bool own = affinity == Affinity::ephemeral || (affinity == Affinity::handle && handle.empty());
  if (use == Use::listen || (calls && own)) {
    return {{}, principal, use == Use::task ? client.client_key : std::string()};
  }
  const bool for_all = calls && affinity == Affinity::shared;
  const std::string_view kind = use == Use::list ? "list" : "call";
  Sharing shared{{}, for_all ? std::string() : principal, client.client_key};
  if (handle.empty()) {
    // Nobody needs to know how many backends there are to allow for them: a client's sets of capabilities count.
    shared.client_key += fmt::format("\n{}\n{}", kind, backend.name);
  }
  shared.key = fmt::format("{}{}\n{}\n{}\n{}\n{}", kind, use == Use::list ? std::string() : handle, backend.name,
                           backend.revision(), normalised_capabilities(client.client_capabilities), shared.principal);
  return shared;
}

/// The session as it is to be in the store.
SessionRecord record_for(const ClientRequest& request, std::string id, Sharing shared) {
  SessionRecord record = *request.session;
  record.principal_key = std::move(shared.principal);
  record.client_key = shared.client_key.empty() ? id : std::move(shared.client_key);
  record.id = std::move(id);
  record.protocol_version = newest_session_version;
  record.client_info.clear();  // may be that of one of many, and legacy backends are told the router's own
  record.client_capabilities = normalised_capabilities(record.client_capabilities);
  return record;
}

/// Finds the session with that id, or makes it. Null: there is no room.
SessionPtr find_or_make(const RouterAccess& access, const ClientRequest& request, const std::string& id,
                        const Sharing& shared) {
  SessionStore& store = access.calls.store;
  const TimePoint now = access.calls.backend.executor.now();
  if (SessionPtr found = store.find_and_touch(id, shared.principal, now)) {
    return found;
  }
  const auto created = access.life.create(record_for(request, id, shared));
  const bool there = created == SessionStore::Created::yes || created == SessionStore::Created::id_taken;
  return there ? store.find_and_touch(id, shared.principal, now) : nullptr;
}

/// Gives a session back that others may use, too.
Task<void> release(const RouterAccess& access, std::string id) {
  const BlockingThread before_release(access.calls.backend.executor, access.calls.store.blocks());
  co_await before_release;
  access.calls.store.release(id, access.calls.backend.executor.now());
}

/// Ends a session that was one request's own.
Task<void> end(const RouterAccess& access, SessionPtr session) {
  const BlockingThread before_remove(access.calls.backend.executor, access.calls.store.blocks());
  co_await before_remove;
  SessionStore& store = access.calls.store;
  if (SessionPtr removed = store.remove(session->id, session->principal_key, access.calls.backend.executor.now())) {
    access.life.end(removed, Observer::SessionEnd::deleted);
  }
}

/// Lets a session have as many log messages as are wanted, and whoever waits know its level once its backend was told.
Task<void> raise_level(const RouterAccess& access, RoutesPtr routes, std::string session_id, std::string wanted,
                       BackendPtr backend, Headers passed) {
  SessionPtr session;
  try {
    SessionStore& store = access.calls.store;
    Executor& executor = access.calls.backend.executor;
    const BlockingThread before_find(executor, store.blocks());
    co_await before_find;
    session = store.find(session_id, executor.now());
    if (session && log_severity(session->log_level) > log_severity(wanted)) {
      store.set_log_level(session_id, wanted, executor.now());
      // An upstream session that is not there yet is told when it is.
      session = store.find(session_id, executor.now());
      UpstreamPtr upstream = session ? session->upstream(backend->name, backend->revision()) : nullptr;
      if (upstream) {
        const RouterOptions& options = routes->options();
        co_await tell_log_level(access.calls.backend, std::move(backend), std::move(upstream), std::move(passed),
                                std::move(wanted), options.limits, options.timeouts);
      }
    }
  } catch (const std::exception&) {  // out of memory: the level stays as it is
  }
  access.raising.finish(session_id, session ? session->log_level : std::string());
}

/// Sees to it that a shared session gets the log messages that this request wants; what others of the session do not
/// want is kept from them when it comes. One of them does at a time: none undoes what another has just done.
Task<void> raise_log_level(const RouterAccess& access, const ClientRequest& request, std::string session_id,
                           BackendPtr backend, Headers passed) {
  const std::string& wanted = request.session->log_level;
  std::string level;
  bool mine = false;
  while (!mine && log_severity(level) > log_severity(wanted)) {
    Callback<std::string> raising([&](std::function<void(std::string)> done) {
      mine = access.raising.join(session_id, std::move(done));
      if (mine) {
        access.background(raise_level(access, request.routes, session_id, wanted, backend, passed));
      }
    });
    level = co_await raising;
  }
}

Task<Reached> borrow(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, Use use) {
  SessionStore& store = access.calls.store;
  Executor& executor = access.calls.backend.executor;
  const BlockingThread before_find(executor, store.blocks());
  co_await before_find;
  Reached reached;
  const Sharing shared = sharing(request, *backend, use);
  const std::string& key = shared.key;
  // An id that can be found again, and by nobody else.
  const std::string id = key.empty() ? random_id() : access.seal.digest(key);
  const bool was_opened = (use == Use::call || use == Use::task) && !request.session_handle.empty();
  SessionPtr session = was_opened ? store.find_and_touch(id, shared.principal, executor.now())
                                  : find_or_make(access, request, id, shared);
  if (!session || !store.hold(id, executor.now())) {
    reached.failure = was_opened
                          ? UpstreamFailure{Reason::session_not_found, HttpFailure::none, "it is over"}
                          : UpstreamFailure{Reason::too_many_sessions, HttpFailure::none, "no room for a session"};
    co_return reached;
  }
  reached.era = Era::legacy;
  if (key.empty()) {
    reached.lease = Lease(session, [&access, session](bool kept) {
      access.background(kept ? release(access, session->id) : end(access, session));
    });
    co_return reached;
  }
  reached.lease = Lease(session, [&access, id](bool) { access.background(release(access, id)); });
  Headers passed = forwarded_headers(request.headers, backend->headers);
  co_await raise_log_level(access, request, id, std::move(backend), std::move(passed));
  co_return reached;
}

}  // namespace

Task<Reached> learn_era(const RouterAccess& access, const ClientRequest& request, BackendPtr backend) {
  Reached reached;
  Headers passed = forwarded_headers(request.headers, backend->headers);
  Callback<LearntEra> learning([&](std::function<void(LearntEra)> done) {
    access.calls.upstreams.learn_era(backend, std::move(passed), std::move(done));
  });
  LearntEra learnt = co_await learning;
  if (!learnt.era) {
    reached.failure = {learnt.reason, learnt.failure, std::move(learnt.detail)};
  }
  reached.era = learnt.era;
  co_return reached;
}

Task<Reached> reach_kept(const RouterAccess& access, std::string session_id) {
  SessionStore& store = access.calls.store;
  Executor& executor = access.calls.backend.executor;
  const BlockingThread before_find(executor, store.blocks());
  co_await before_find;
  Reached reached;
  if (!store.hold(session_id, executor.now())) {
    co_return reached;
  }
  reached.lease = Lease(store.find(session_id, executor.now()),
                        [&access, session_id](bool) { access.background(release(access, session_id)); });
  if (reached.lease.session()) {
    reached.era = Era::legacy;
  }
  co_return reached;
}

Task<Reached> reach_backend(const RouterAccess& access, const ClientRequest& request, BackendPtr backend, Use use) {
  // One of before a reload says nothing of what is there now.
  if (request.session->upstream(backend->name, backend->revision())) {
    Reached reached;
    reached.era = Era::legacy;
    reached.lease = Lease(request.session);
    co_return reached;
  }
  Reached reached = co_await learn_era(access, request, backend);
  if (reached.era == Era::legacy && request.is_modern()) {
    co_return co_await borrow(access, request, std::move(backend), use);
  }
  if (reached.era) {
    reached.lease = Lease(request.session);
  }
  co_return reached;
}

}  // namespace mcprouter::detail
