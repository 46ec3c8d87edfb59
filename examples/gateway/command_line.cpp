#include "command_line.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "engine.hpp"

namespace gateway {
namespace {

LogLevel parse_level(std::string_view text) {
  if (text == "error") return LogLevel::error;
  if (text == "warn") return LogLevel::warn;
  if (text == "info") return LogLevel::info;
  if (text == "debug") return LogLevel::debug;
  throw UsageError("--log-level must be error, warn, info or debug");
}

std::chrono::microseconds parse_busy_poll(std::string_view text) {
  constexpr int kMost = 1'000'000;
  int micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  if (error != std::errc() || end != text.data() + text.size() || micros < 0 || micros > kMost) {
    throw UsageError("--busy-poll must be 0 to 1000000 microseconds");
  }
  return std::chrono::microseconds(micros);
}

std::string parse_engine(const std::string& name) {
  const auto& names = engine_names();
  if (std::find(names.begin(), names.end(), name) != names.end()) return name;
  std::string known;
  for (const auto& one : names) known += (known.empty() ? "" : " or ") + one;
  throw UsageError("--engine must be " + known + " in this build");
}

}  // namespace

const char usage[] =
    "usage: mcprouter-gateway --config FILE [options]\n"
    "\n"
    "One MCP endpoint in front of the MCP servers that FILE names.\n"
    "\n"
    "  --config FILE        the configuration (JSON)\n"
    "  --listen HOST:PORT   listen here, whatever the file says; port 0 takes a free one\n"
    "  --engine ENGINE      asio (the default where it is built in) or httplib\n"
    "  --busy-poll MICROS   asio: before it sleeps, look so long for more to do. Single calls are faster, for CPU\n"
    "  --check              check the configuration and exit: 0 good, 2 bad\n"
    "  --log-level LEVEL    error, warn, info (default) or debug\n"
    "  --version            print the version and exit\n"
    "  --help               print this and exit\n"
    "\n"
    "SIGHUP reads FILE again. SIGTERM and SIGINT end the gateway when what is under way is done; a second one at "
    "once.\n";

CommandLine parse_command_line(const std::vector<std::string>& arguments) {
  CommandLine command;
  command.engine = engine_names().front();
  for (auto argument = arguments.begin(); argument != arguments.end(); ++argument) {
    const std::size_t equals = argument->rfind("--", 0) == 0 ? argument->find('=') : std::string::npos;
    const std::string option = argument->substr(0, equals);
    const auto value = [&, option]() -> std::string {
      if (equals != std::string::npos) return argument->substr(equals + 1);
      if (argument + 1 == arguments.end()) throw UsageError(option + " needs a value");
      return *++argument;
    };
    const auto flag = [&](CommandLine::Action action) {
      if (equals != std::string::npos) throw UsageError(option + " takes no value");
      command.action = action;
    };
    if (option == "--config") {
      command.config_file = value();
    } else if (option == "--listen") {
      command.listen = mcprouter::parse_listen(value());
      if (!command.listen) throw UsageError("--listen must be HOST:PORT, for example 127.0.0.1:8080");
    } else if (option == "--log-level") {
      command.log_level = parse_level(value());
    } else if (option == "--engine") {
      command.engine = parse_engine(value());
    } else if (option == "--busy-poll") {
      command.busy_poll = parse_busy_poll(value());
    } else if (option == "--check") {
      flag(CommandLine::Action::check);
    } else if (option == "--version" || option == "--help") {
      flag(option == "--help" ? CommandLine::Action::help : CommandLine::Action::version);
      return command;
    } else {
      throw UsageError("unknown option " + option);
    }
  }
  if (command.busy_poll.count() > 0 && command.engine != "asio") throw UsageError("--busy-poll is of --engine asio");
  if (command.config_file.empty()) throw UsageError("--config FILE is needed");
  return command;
}

}  // namespace gateway
