// A service of its own that also serves MCP: embed_minimal http://127.0.0.1:9001/mcp http://127.0.0.1:9002/mcp
#include <httplib.h>

#include <cstdio>
#include <string>
#include <vector>

#include "mcprouter/httplib.hpp"
#include "mcprouter/mcprouter.hpp"

int main(int argc, char** argv) try {
  std::vector<mcprouter::Backend> backends;
  for (int i = 1; i < argc; ++i)
    backends.push_back({.name = "backend" + std::to_string(i), .url = argv[i], .headers = {}});

  mcprouter::HttplibEngine engine;
  mcprouter::MemorySessionStore sessions;
  mcprouter::BackendSessionManager upstreams(engine.client(), engine.executor(), sessions);
  mcprouter::Router router({engine.client(), engine.executor(), sessions, upstreams}, {}, backends);

  httplib::Server server;
  mcprouter::tune(server);
  mcprouter::mount(server, "/mcp", router);
  server.Get("/healthz",
             [](const httplib::Request&, httplib::Response& response) { response.set_content("ok\n", "text/plain"); });
  std::puts("http://127.0.0.1:8080/mcp");
  return server.listen("127.0.0.1", 8080) ? 0 : 1;
} catch (const mcprouter::ConfigError& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 2;
}
