// A demo MCP server: `mcprouter-demo-server --kind clock|notes [--port N]`. Port 0, the default, is any free one.

#include <httplib.h>
#include <pthread.h>
#include <sys/socket.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "endpoint.hpp"

namespace {

constexpr char usage[] = "usage: mcprouter-demo-server --kind clock|notes [--port N]\n";
constexpr std::size_t max_body = 1u << 20;

int wrong_usage(const std::string& problem) {
  std::cerr << "mcprouter-demo-server: " << problem << '\n' << usage;
  return 2;
}

/// The library's default lets two servers share a port, and each gets half of the clients.
void share_nothing(socket_t socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
}

}  // namespace

int main(int argc, char** argv) {
  std::string kind;
  int port = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    if (option == "--help") {
      std::cout << usage;
      return 0;
    }
    if (option != "--kind" && option != "--port") return wrong_usage("unknown option " + option);
    if (++i == argc) return wrong_usage(option + " needs a value");
    if (option == "--kind") {
      kind = argv[i];
    } else {
      char* end = nullptr;
      const long number = std::strtol(argv[i], &end, 10);
      if (end == argv[i] || *end != '\0' || number < 0 || number > 65'535)
        return wrong_usage("--port must be 0 to 65535");
      port = static_cast<int>(number);
    }
  }
  if (kind != "clock" && kind != "notes") return wrong_usage("--kind must be clock or notes");

  // Blocked before any thread exists, so that only the sigwait below ever sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  demo::Endpoint endpoint("mcprouter-demo-" + kind, kind == "clock" ? demo::clock_tools() : demo::notes_tools());
  httplib::Server server;
  server.set_socket_options(share_nothing);
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(10'000);
  server.set_payload_max_length(max_body);
  server.new_task_queue = [] { return new httplib::ThreadPool(32); };
  endpoint.mount(server, "/mcp");

  if (port == 0) {
    port = server.bind_to_any_port("127.0.0.1");
  } else if (!server.bind_to_port("127.0.0.1", port)) {
    port = -1;
  }
  if (port < 0) {
    std::cerr << "mcprouter-demo-server: the port is taken\n";
    return 1;
  }
  std::cout << "mcprouter-demo-server " << kind << " listening on http://127.0.0.1:" << port << "/mcp" << std::endl;

  std::thread serving([&server] { server.listen_after_bind(); });
  int signal = 0;
  sigwait(&signals, &signal);
  while (!server.is_running()) std::this_thread::yield();  // stop() before that is lost
  server.stop();
  serving.join();
  return 0;
}
