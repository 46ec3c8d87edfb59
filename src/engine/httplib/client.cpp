#include "engine/httplib/client.hpp"

#include <set>
#include <string>
#include <utility>

#include "engine/httplib/exchange.hpp"
#include "engine/httplib/stream_places.hpp"
#include "engine/httplib/worker_pool.hpp"

namespace mcprouter::detail {
namespace {

/// Answers `not_sent` to a request whose URL cannot be used; the configuration lets none pass.
class RefusedExchange final : public HttpExchange {
 public:
  RefusedExchange(Executor& executor, std::shared_ptr<HttpEvents> events)
      : executor_(executor), events_(std::move(events)) {}

  void start() override {
    executor_.post([events = std::move(events_)] { events->on_end({HttpFailure::not_sent, "not an http URL"}); });
  }
  void pause() override {}
  void resume() override {}
  void cancel() override {}

 private:
  Executor& executor_;
  std::shared_ptr<HttpEvents> events_;
};

}  // namespace

class PooledClient::Host final : public ExchangeHost {
 public:
  Host(Executor& executor, const HttplibOptions& options)
      : executor_(executor),
        ca_file_(options.ca_file),
        pool_(std::make_shared<ConnectionPool>(
            executor, ConnectionPool::Options{options.connection_idle, options.max_idle_connections})),
        stream_places_(std::make_shared<StreamPlaces>(places_of(options.max_exchanges, options.max_get_streams))),
        workers_(options.max_exchanges, options.thread_idle) {}

  bool begin(std::shared_ptr<Exchange> exchange) override {
    MutexLock lock(mutex_);
    if (stopping_) return false;
    exchanges_.insert(std::move(exchange));
    return true;
  }
  void run(std::function<void()> work) override { workers_.post(std::move(work)); }
  std::shared_ptr<void> stream_place() override { return StreamPlaces::take(stream_places_); }
  std::unique_ptr<Connection> connect(const Destination& destination, const std::string& address) override {
    return std::make_unique<Connection>(destination, address, ca_file_);
  }
  ConnectionPool& pool() override { return *pool_; }
  Executor& executor() override { return executor_; }

  void ended(Exchange& exchange) override {
    MutexLock lock(mutex_);
    exchanges_.erase(exchange.shared_from_this());
    if (exchanges_.empty()) all_ended_.notify_all();
  }

  void stop() {
    std::set<std::shared_ptr<Exchange>> live;
    {
      MutexLock lock(mutex_);
      stopping_ = true;
      live = exchanges_;
    }
    for (const auto& exchange : live) exchange->cancel();
    live.clear();
    {
      MutexLock lock(mutex_);
      while (!exchanges_.empty()) all_ended_.wait(lock);
    }
    workers_.stop(WorkerPool::Waiting::drop);
    pool_->close();
  }

 private:
  Executor& executor_;
  const std::string ca_file_;
  const std::shared_ptr<ConnectionPool> pool_;
  const std::shared_ptr<StreamPlaces> stream_places_;
  Mutex mutex_;
  std::condition_variable_any all_ended_;
  std::set<std::shared_ptr<Exchange>> exchanges_ MCPROUTER_GUARDED_BY(mutex_);
  bool stopping_ MCPROUTER_GUARDED_BY(mutex_) = false;
  WorkerPool workers_;
};

PooledClient::PooledClient(Executor& executor, const HttplibOptions& options)
    : host_(std::make_shared<Host>(executor, options)) {}

PooledClient::~PooledClient() { host_->stop(); }

std::shared_ptr<HttpExchange> PooledClient::exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) {
  auto target = parse_target(request.url);
  if (!target) return std::make_shared<RefusedExchange>(host_->executor(), std::move(events));
  return std::make_shared<Exchange>(host_, std::move(request), std::move(*target), std::move(events));
}

}  // namespace mcprouter::detail
