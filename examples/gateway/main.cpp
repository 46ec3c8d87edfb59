// The reference gateway: a thin program on the library.

#include <fmt/core.h>
#include <pthread.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <utility>

#include "command_line.hpp"
#include "gateway.hpp"
#include "log.hpp"
#include "mcprouter/mcprouter.hpp"

namespace {

using gateway::CommandLine;

constexpr std::chrono::seconds drain_deadline{10};

enum ExitCode { exit_ok = 0, exit_failed = 1, exit_usage = 2 };

sigset_t signals_of_ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

int run(CommandLine command, mcprouter::Config config) {
  // Blocked before there is any other thread, so that only sigwait sees them: no work is done in a handler.
  const sigset_t signals = signals_of_ours();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  gateway::Log log(command.log_level);
  gateway::Gateway gateway(std::move(command), std::move(config), log);
  if (!gateway.start()) return exit_failed;
  for (int signal = 0; sigwait(&signals, &signal) == 0 && signal == SIGHUP;) gateway.reload();

  // From here on the next signal ends the process at once.
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, SIG_DFL);
  std::signal(SIGHUP, SIG_IGN);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
  gateway.drain(drain_deadline);
  return gateway.failed() ? exit_failed : exit_ok;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    CommandLine command = gateway::parse_command_line({argv + 1, argv + argc});
    if (command.action == CommandLine::Action::help) {
      std::fputs(gateway::usage, stdout);
      return exit_ok;
    }
    if (command.action == CommandLine::Action::version) {
      fmt::print("mcprouter-gateway {}\n", mcprouter::kVersion);
      return exit_ok;
    }
    mcprouter::Config config = mcprouter::load_config(command.config_file);
    if (command.action == CommandLine::Action::check) {
      fmt::print("{}: good, {} backend(s)\n", command.config_file, config.backends.size());
      return exit_ok;
    }
    return run(std::move(command), std::move(config));
  } catch (const gateway::UsageError& e) {
    fmt::print(stderr, "mcprouter-gateway: {}\n\n{}", e.what(), gateway::usage);
    return exit_usage;
  } catch (const mcprouter::ConfigError& e) {
    fmt::print(stderr, "mcprouter-gateway: {}\n", e.what());
    return exit_usage;
  } catch (const std::exception& e) {
    fmt::print(stderr, "mcprouter-gateway: {}\n", e.what());
    return exit_failed;
  }
}
