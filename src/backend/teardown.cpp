#include "backend/teardown.hpp"

#include <optional>
#include <utility>

#include "backend/message_stream.hpp"
#include "backend/upstream_http.hpp"
#include "support/observe.hpp"

namespace mcprouter::detail {
namespace {

constexpr std::size_t kMaxUnderWayPerBackend = 4;
constexpr std::size_t kMaxWaitingPerBackend = 10'000;

}  // namespace

void Teardown::end(BackendPtr backend, UpstreamPtr upstream) {
  if (upstream->id.empty()) {
    return;
  }
  const std::string name = backend->name;
  std::optional<Ending> begun;
  std::optional<Ending> given_up;
  {
    MutexLock lock(mutex_);
    Queue& queue = queues_[name];
    if (queue.under_way < kMaxUnderWayPerBackend) {
      ++queue.under_way;
      ++pending_;
      begun.emplace(Ending{std::move(backend), std::move(upstream)});
    } else {
      queue.waiting.push_back({std::move(backend), std::move(upstream)});
      if (queue.waiting.size() <= kMaxWaitingPerBackend) {
        ++pending_;
      } else {
        given_up.emplace(std::move(queue.waiting.front()));
        queue.waiting.pop_front();
      }
    }
  }
  if (begun) {
    detach(work_off(shared_from_this(), std::move(*begun)));
  } else if (given_up) {
    observe(observer_, [&](Observer& observer) { observer.upstream_ended(name, false); });
  }
}

Task<void> Teardown::work_off(std::shared_ptr<Teardown> self, Ending ending) {
  const std::string name = ending.backend->name;
  std::optional<Ending> next(std::move(ending));
  while (next) {
    bool clean = false;
    try {
      clean = co_await self->send_delete(*next);
    } catch (...) {
      clean = false;
    }
    observe(self->observer_, [&](Observer& observer) { observer.upstream_ended(name, clean); });
    next.reset();
    MutexLock lock(self->mutex_);
    Queue& queue = self->queues_[name];
    --self->pending_;
    if (queue.waiting.empty()) {
      if (--queue.under_way == 0) {
        self->queues_.erase(name);
      }
    } else {
      next.emplace(std::move(queue.waiting.front()));
      queue.waiting.pop_front();
    }
    if (self->pending_ == 0) {
      self->idle_.notify_all();
    }
  }
}

Task<bool> Teardown::send_delete(const Ending& ending) {
  const UpstreamSession& upstream = *ending.upstream;
  const auto stream =
      MessageStream::open(access_.client, access_.executor, access_.live,
                          upstream_request(*ending.backend, upstream.headers, {upstream.id, upstream.protocol_version},
                                           {}, {timeouts_.connect, timeouts_.teardown, timeouts_.teardown}),
                          max_message_);
  const std::optional<ResponseHead> head = co_await stream->head();
  stream->discard();
  // 405: the backend ends sessions by itself (SES-09). 404: it already has.
  co_return head && ((head->status >= 200 && head->status < 300) || head->status == 404 || head->status == 405);
}

bool Teardown::wait_until_idle(std::chrono::steady_clock::time_point deadline) {
  MutexLock lock(mutex_);
  while (pending_ > 0) {
    if (idle_.wait_until(lock, deadline) == std::cv_status::timeout && pending_ > 0) {
      return false;
    }
  }
  return true;
}

}  // namespace mcprouter::detail
