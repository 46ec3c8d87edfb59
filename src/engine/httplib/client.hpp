#pragma once

#include <memory>

#include "mcprouter/executor.hpp"
#include "mcprouter/http_client.hpp"
#include "mcprouter/httplib.hpp"

namespace mcprouter::detail {

/// HttpClient on cpp-httplib: a thread for each exchange under way, pooled keep-alive connections.
///
/// Thread safety: thread-safe.
/// Lifetime: the executor outlives it; destruction cancels what is under way and waits until all have ended, at most as
/// long as a name lookup takes.
class PooledClient final : public HttpClient {
 public:
  PooledClient(Executor& executor, const HttplibOptions& options);
  ~PooledClient() override;

  std::shared_ptr<HttpExchange> exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) override;

 private:
  class Host;
  std::shared_ptr<Host> host_;
};

}  // namespace mcprouter::detail
