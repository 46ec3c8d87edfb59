// A host of the router without cpp-httplib: every interface that it asks for, written by hand on POSIX sockets.
//
//   mcprouter-embed-custom-server --port 8080 notes=http://127.0.0.1:9001/mcp clock=http://127.0.0.1:9002/mcp
//
// It shows how little the router needs, and is no server for the open network.

#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "map_store.hpp"
#include "mcprouter/mcprouter.hpp"
#include "socket_client.hpp"
#include "socket_server.hpp"
#include "thread_executor.hpp"

namespace {

constexpr char usage[] = "usage: mcprouter-embed-custom-server [--port N] NAME=URL...\n";
constexpr std::chrono::seconds drain_deadline{10};

void serve(std::uint16_t port, std::vector<mcprouter::Backend> backends, const sigset_t& signals) {
  // Made in this order because each outlives what follows.
  custom::ThreadExecutor executor;
  custom::SocketClient client;
  custom::MapStore store;
  mcprouter::BackendSessionManager upstreams(client, executor, store);
  const mcprouter::RouterOptions options;
  mcprouter::Router router({client, executor, store, upstreams}, options, std::move(backends));
  custom::SocketServer server(port, "/mcp", options.limits.max_body,
                              [&router](mcprouter::Request request, std::shared_ptr<mcprouter::ResponseWriter> writer) {
                                router.handle(std::move(request), std::move(writer));
                              });
  std::cout << "mcprouter-embed-custom-server listening on http://127.0.0.1:" << server.port() << "/mcp" << std::endl;

  int signal = 0;
  sigwait(&signals, &signal);
  server.stop_accepting();
  router.shutdown(drain_deadline);
}

}  // namespace

int main(int argc, char** argv) {
  std::uint16_t port = 0;
  std::vector<mcprouter::Backend> backends;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    if (argument == "--port" && i + 1 < argc) {
      const std::optional<mcprouter::HostPort> parsed = mcprouter::parse_listen(":" + std::string(argv[++i]));
      if (!parsed) {
        std::cerr << "--port must be 0 to 65535\n" << usage;
        return 2;
      }
      port = parsed->port;
    } else if (argument.rfind("--", 0) != 0 && equals != std::string::npos) {
      mcprouter::Backend backend;
      backend.name = argument.substr(0, equals);
      backend.url = argument.substr(equals + 1);
      backends.push_back(std::move(backend));
    } else {
      std::cerr << "what is " << argument << "?\n" << usage;
      return 2;
    }
  }

  // Blocked before any thread exists, so that only the sigwait above ever sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  try {
    serve(port, std::move(backends), signals);
  } catch (const std::exception& e) {
    std::cerr << "mcprouter-embed-custom-server: " << e.what() << '\n';
    return 1;
  }
  return 0;
}
