#pragma once

#include <memory>
#include <vector>

#include "engine/asio/client_loop.hpp"
#include "engine/asio/loop_executor.hpp"
#include "mcprouter/asio.hpp"
#include "mcprouter/http_client.hpp"

namespace mcprouter::detail {

/// HttpClient on event loops: an exchange belongs to the loop that asks for it, else to each in turn.
///
/// Thread safety: thread-safe. Lifetime: `stop` it before the loops are stopped.
class LoopClient final : public HttpClient {
 public:
  /// Throws std::runtime_error for a bad `ca_file`.
  LoopClient(Loops& loops, LoopExecutor& executor, const AsioOptions& options);

  std::shared_ptr<HttpExchange> exchange(HttpRequest request, std::shared_ptr<HttpEvents> events) override;

  /// Ends all exchanges with `cancelled`. Blocks until they have; not from a loop's thread.
  void stop();

 private:
  LoopExecutor& executor_;
  TlsClient tls_;
  std::vector<std::unique_ptr<ClientLoop>> clients_;
};

}  // namespace mcprouter::detail
