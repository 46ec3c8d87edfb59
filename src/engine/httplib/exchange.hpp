#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/httplib/connection_pool.hpp"
#include "engine/httplib/destination.hpp"
#include "engine/httplib/socket.hpp"
#include "mcprouter/http_client.hpp"
#include "support/thread_annotations.hpp"

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace mcprouter::detail {

/// What an exchange needs of the client that made it.
class ExchangeHost {
 public:
  virtual ~ExchangeHost() = default;

  /// Keeps `exchange` until it has ended. Returns false, and does not, when the client is going away.
  virtual bool begin(std::shared_ptr<class Exchange> exchange) = 0;
  /// Runs `work` on a thread that may block for as long as the exchange takes.
  virtual void run(std::function<void()> work) = 0;
  /// Returns the right to hold such a thread for a stream that stays open, or nullptr if there are enough of them.
  virtual std::shared_ptr<void> stream_place() = 0;
  /// Opens a connection; see Connection.
  virtual std::unique_ptr<Connection> connect(const Destination& destination, const std::string& address) = 0;
  virtual ConnectionPool& pool() = 0;
  virtual Executor& executor() = 0;
  /// The exchange has called `on_end`. Its last use of the host.
  virtual void ended(Exchange& exchange) = 0;
};

/// One exchange on a blocking client: a worker thread sends, and reads until the end.
///
/// created -> queued -> resolving -> running -> ended. Before `running` nobody has called back and nothing was sent, so
/// `stop` has the exchange ended by another thread, and the worker finds it ended; while it runs `stop` shuts the
/// socket down and the worker, which wakes up by that, ends it.
class Exchange final : public HttpExchange, public std::enable_shared_from_this<Exchange> {
 public:
  /// `target` is of the request's URL.
  Exchange(std::shared_ptr<ExchangeHost> host, HttpRequest request, Target target, std::shared_ptr<HttpEvents> events);
  ~Exchange() override;

  void start() override;
  void pause() override;
  void resume() override;
  void cancel() override;

 private:
  enum class Phase { created, queued, resolving, running, ended };
  /// How one attempt on one connection ended.
  enum class Outcome { complete, not_connected, failed };

  void work();
  /// Goes from one phase to the next, unless the exchange ended or is to end.
  bool advance(Phase from, Phase to);
  [[nodiscard]] std::vector<std::string> look_up();
  Outcome send_on(std::unique_ptr<Connection> connection, httplib::Request& request, bool reused);
  void use_socket(int socket);
  bool take_head(const httplib::Response& response);
  bool take_body(std::string_view chunk);
  [[nodiscard]] bool stopped();

  /// Ends it for a reason of our own.
  void stop(HttpFailure why, std::string detail);
  /// Ends it here and now if nothing was sent yet.
  void end_unsent(HttpFailure why, std::string detail);
  void end_running(Outcome outcome);
  void deliver_end(HttpEnd end, Executor::TimerId timer);

  const std::shared_ptr<ExchangeHost> host_;
  HttpRequest request_;
  const Target target_;
  std::shared_ptr<HttpEvents> events_;
  std::shared_ptr<void> place_;  ///< Of a GET, from `start` to the end.

  // Of the worker alone.
  TimePoint last_byte_;
  bool head_given_ = false;
  bool body_done_ = false;    ///< The answer is whole, though cpp-httplib would read on.
  bool close_after_ = false;  ///< The server closes the connection, or we had better.
  std::string failure_;       ///< What went wrong, in words.

  Mutex mutex_;
  std::condition_variable_any changed_;
  Phase phase_ MCPROUTER_GUARDED_BY(mutex_) = Phase::created;
  bool paused_ MCPROUTER_GUARDED_BY(mutex_) = false;
  HttpEnd stop_ MCPROUTER_GUARDED_BY(mutex_);
  SocketHandle socket_ MCPROUTER_GUARDED_BY(mutex_);
  /// Connections that cpp-httplib may still make for this attempt. It tries again by itself in places, perhaps after
  /// the request was written; a connection beyond this number is made useless before it connects.
  int connects_left_ MCPROUTER_GUARDED_BY(mutex_) = 0;
  bool refused_connect_ MCPROUTER_GUARDED_BY(mutex_) = false;
  Executor::TimerId total_timer_ MCPROUTER_GUARDED_BY(mutex_) = 0;
};

}  // namespace mcprouter::detail
