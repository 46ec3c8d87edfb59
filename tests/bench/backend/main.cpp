// The MCP server that the gateway is measured in front of. It is to cost next to nothing, so that what is measured is
// what stands in front of it.
//
//   mcprouter-bench-backend [PORTS]     listens on that many free loopback ports (1) and prints a line for each
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstdlib>

#include "server.hpp"

int main(int argc, char** argv) {
  const long listeners = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 1;
  if (argc > 2 || listeners < 1) {
    std::fputs("usage: mcprouter-bench-backend [PORTS]\n", stderr);
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);
  bench::Server server(static_cast<std::size_t>(listeners));
  for (const int port : server.ports()) {
    std::printf("mcprouter-bench-backend listening on http://127.0.0.1:%d/mcp\n", port);
  }
  std::fflush(stdout);
  server.run();
}
