#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "backend/call.hpp"
#include "backend/reply_reader.hpp"
#include "mcprouter/mcprouter.hpp"
#include "support/manual_executor.hpp"
#include "support/memory_http.hpp"
#include "support/recording_observer.hpp"
#include "support/task.hpp"

namespace mcprouter::test {

/// The side of the router that faces backends, without the rest: sessions, upstream sessions and calls.
class UpstreamRig {
 public:
  using Acquired = BackendSessionManager::Acquired;
  using LearntEra = BackendSessionManager::LearntEra;

  ManualExecutor executor;
  MemoryHttp http;
  RecordingObserver observer;
  MemorySessionStore store;
  BackendSessionManager upstreams{http, executor, store, {}, &observer};
  detail::CallAccess access{{http, executor, std::make_shared<detail::LiveStreams>()}, store, upstreams};

  /// A session that is in the store.
  SessionPtr stored_session(const std::string& id = "session", SessionRecord record = {}) {
    record.id = id;
    store.create(record, executor.now());
    return store.find(id, executor.now());
  }
  /// What stands for a client without sessions.
  static SessionPtr virtual_session(SessionRecord record = {}) {
    record.id.clear();
    return std::make_shared<const SessionRecord>(std::move(record));
  }

  static BackendPtr backend_at(const std::string& url, Protocol protocol = Protocol::automatic,
                               const std::string& name = "a") {
    Backend backend;
    backend.name = name;
    backend.url = url;
    backend.protocol = protocol;
    return std::make_shared<const Backend>(std::move(backend));
  }

  /// What `learn_era` and `acquire` said; nothing while they still wait.
  std::shared_ptr<std::optional<LearntEra>> learn(const BackendPtr& backend, const Headers& headers = {}) {
    auto learnt = std::make_shared<std::optional<LearntEra>>();
    upstreams.learn_era(backend, headers, [learnt](LearntEra era) { *learnt = std::move(era); });
    executor.run();
    return learnt;
  }
  std::shared_ptr<std::optional<Acquired>> acquire(const SessionPtr& session, const BackendPtr& backend,
                                                   const Headers& headers = {}) {
    auto acquired = std::make_shared<std::optional<Acquired>>();
    upstreams.acquire(session, backend, headers, [acquired](Acquired one) { *acquired = std::move(one); });
    executor.run();
    return acquired;
  }

  /// How a call ended.
  struct Answer {
    std::string text;  ///< Of the first message, or "".
    detail::UpstreamFailure failure;
  };
  detail::CallRequest request(const SessionPtr& session, const BackendPtr& backend, std::string body) {
    detail::CallRequest call;
    call.session = session;
    call.backend = backend;
    call.body = std::move(body);
    call.times = {std::chrono::seconds(1), std::chrono::seconds(10), std::chrono::seconds(10)};
    call.retry_connect = false;
    call.max_message = 1u << 20;
    return call;
  }
  /// Makes a call whose answer needs nothing else to happen.
  Answer call(detail::CallRequest request) {
    auto answer = std::make_shared<Answer>();
    detail::detach(make_call(access, std::move(request), answer));
    executor.run();
    return *answer;
  }

 private:
  static detail::Task<void> make_call(detail::CallAccess access, detail::CallRequest request,
                                      std::shared_ptr<Answer> answer) {
    const detail::OpenedCall opened = co_await detail::open_call(access, std::move(request));
    if (!opened.stream) {
      answer->failure = opened.failure;
      co_return;
    }
    answer->text = (co_await opened.stream->next()).text;
    opened.stream->discard();
  }
};

}  // namespace mcprouter::test
