// Mounts a router on a cpp-httplib server and asks it one thing over a socket.

#include <httplib.h>

#include <mcprouter/httplib.hpp>
#include <mcprouter/mcprouter.hpp>
#include <thread>

int main() {
  mcprouter::HttplibEngine engine;
  mcprouter::MemorySessionStore store;
  mcprouter::BackendSessionManager upstreams(engine.client(), engine.executor(), store);
  mcprouter::Backend backend;
  backend.name = "notes";
  backend.url = "http://127.0.0.1:9/mcp";
  mcprouter::Router router({engine.client(), engine.executor(), store, upstreams}, {}, {backend});

  httplib::Server server;
  mcprouter::tune(server, {});
  mcprouter::mount(server, "/mcp", router);
  const int port = server.bind_to_any_port("127.0.0.1");
  std::thread listener([&server] { server.listen_after_bind(); });
  httplib::Client client("127.0.0.1", port);
  const auto answer = client.Patch("/mcp");
  server.stop();
  listener.join();
  return answer && answer->status == 405 ? 0 : 1;
}
