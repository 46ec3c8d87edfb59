#include "router/session_life.hpp"

#include <chrono>
#include <utility>

#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

// How often expired sessions are looked for, so that their upstream sessions end soon. Costs 64 looks.
constexpr std::chrono::milliseconds kSweepInterval{5'000};
constexpr std::size_t kSweepBatch = 256;

}  // namespace

SessionStore::Created SessionLife::create(const SessionRecord& record) {
  using Created = SessionStore::Created;
  Created created = parts_.store.create(record, parts_.executor.now());
  if (created == Created::too_many_sessions || created == Created::too_many_for_client) {
    end_expired();
    created = parts_.store.create(record, parts_.executor.now());
  }
  if (created == Created::yes) {
    arm_sweep();
    observe(parts_.observer, [&](Observer& observer) { observer.session_opened(record.protocol_version); });
  }
  return created;
}

void SessionLife::end(const SessionPtr& session, Observer::SessionEnd why) {
  live_.close(session->id);
  parts_.upstreams.end(session);
  observe(parts_.observer, [&](Observer& observer) { observer.session_ended(why); });
}

void SessionLife::stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  if (sweep_timer_ != 0) {
    parts_.executor.cancel(sweep_timer_);
  }
}

void SessionLife::arm_sweep() {
  MutexLock lock(mutex_);
  if (sweep_timer_ != 0 || stopped_) {
    return;
  }
  const std::weak_ptr<SessionLife> weak = weak_from_this();
  const bool blocks = parts_.store.blocks();
  Executor& executor = parts_.executor;
  sweep_timer_ = executor.post_after(kSweepInterval, [weak, blocks, &executor] {
    const auto run = [weak] {
      if (const auto self = weak.lock()) {
        self->sweep();
      }
    };
    blocks ? executor.post_blocking(run) : run();
  });
}

void SessionLife::sweep() {
  {
    MutexLock lock(mutex_);
    sweep_timer_ = 0;
  }
  end_expired();
  if (parts_.store.size() > 0) {
    arm_sweep();
  }
}

void SessionLife::end_expired() {
  while (true) {
    const std::vector<SessionPtr> expired = parts_.store.take_expired(parts_.executor.now(), kSweepBatch);
    for (const SessionPtr& session : expired) {
      end(session, Observer::SessionEnd::expired);
    }
    if (expired.size() < kSweepBatch) {
      return;
    }
  }
}

}  // namespace mcprouter::detail
