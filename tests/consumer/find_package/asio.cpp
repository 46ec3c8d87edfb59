// Serves a router on the event-loop engine, and asks it one thing through that engine's own client.

#include <future>
#include <mcprouter/asio.hpp>
#include <mcprouter/mcprouter.hpp>

namespace {

class Status final : public mcprouter::HttpEvents {
 public:
  void on_head(mcprouter::ResponseHead head) override { status_ = head.status; }
  void on_body(std::string_view) override {}
  void on_end(mcprouter::HttpEnd) override { end_.set_value(status_); }

  int wait() { return end_.get_future().get(); }

 private:
  int status_ = 0;
  std::promise<int> end_;
};

}  // namespace

int main() {
  mcprouter::AsioEngine engine;
  mcprouter::MemorySessionStore store;
  mcprouter::BackendSessionManager upstreams(engine.client(), engine.executor(), store);
  mcprouter::Backend backend;
  backend.name = "notes";
  backend.url = "http://127.0.0.1:9/mcp";
  mcprouter::Router router({engine.client(), engine.executor(), store, upstreams}, {}, {backend});
  const mcprouter::AsioServer server(engine, router);

  mcprouter::HttpRequest request;
  request.method = "PATCH";
  request.url = "http://127.0.0.1:" + std::to_string(server.port()) + "/mcp";
  const auto status = std::make_shared<Status>();
  engine.client().exchange(request, status)->start();
  return status->wait() == 405 ? 0 : 1;
}
