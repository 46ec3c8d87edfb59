// Answers one request with the core alone: no backend is asked, so the client and the executor have nothing to do.

#include <mcprouter/mcprouter.hpp>

namespace {

struct NoClient : mcprouter::HttpClient {
  std::shared_ptr<mcprouter::HttpExchange> exchange(mcprouter::HttpRequest,
                                                    std::shared_ptr<mcprouter::HttpEvents>) override {
    return nullptr;
  }
};

struct NoExecutor : mcprouter::Executor {
  void post(std::function<void()> work) override { work(); }
  void post_blocking(std::function<void()> work) override { work(); }
  TimerId post_after(std::chrono::milliseconds, std::function<void()>) override { return 1; }
  void cancel(TimerId) override {}
  [[nodiscard]] mcprouter::TimePoint now() const override { return mcprouter::Clock::now(); }
};

}  // namespace

int main() {
  NoClient client;
  NoExecutor executor;
  mcprouter::MemorySessionStore store;
  mcprouter::BackendSessionManager upstreams(client, executor, store);
  mcprouter::Backend backend;
  backend.name = "notes";
  backend.url = "http://127.0.0.1:9/mcp";
  mcprouter::Router router({client, executor, store, upstreams}, {}, {backend});

  mcprouter::Request request;
  request.method = "PATCH";
  request.headers.set("Host", "127.0.0.1");
  return router.handle(request).status == 405 ? 0 : 1;
}
