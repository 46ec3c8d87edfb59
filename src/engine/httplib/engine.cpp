#include "engine/httplib/client.hpp"
#include "engine/httplib/pool_executor.hpp"
#include "mcprouter/httplib.hpp"

namespace mcprouter {

// The client goes first: its exchanges end by way of the executor.
class HttplibEngine::State {
 public:
  explicit State(const HttplibOptions& options) : client(executor, options) {}

  detail::PoolExecutor executor;
  detail::PooledClient client;
};

HttplibEngine::HttplibEngine(HttplibOptions options) : state_(std::make_unique<State>(options)) {}

HttplibEngine::~HttplibEngine() = default;

HttpClient& HttplibEngine::client() { return state_->client; }

Executor& HttplibEngine::executor() { return state_->executor; }

}  // namespace mcprouter
