#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "log.hpp"
#include "mcprouter/config.hpp"

namespace gateway {

struct CommandLine {
  enum class Action { run, check, version, help };

  Action action = Action::run;
  std::string config_file;
  std::optional<mcprouter::HostPort> listen;  ///< Wins over the file's.
  std::string engine;                         ///< One of engine_names().
  std::chrono::microseconds busy_poll{0};     ///< Of the engine asio.
  LogLevel log_level = LogLevel::info;
};

struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

extern const char usage[];

/// Reads the arguments, program name excluded. Throws UsageError.
CommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace gateway
