#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "command_line.hpp"
#include "engine.hpp"
#include "log.hpp"
#include "log_observer.hpp"
#include "mcprouter/mcprouter.hpp"

namespace gateway {

/// The parts of mcprouter, wired: what a host of its own would do with them too.
///
/// Thread safety: one thread at a time.
class Gateway {
 public:
  /// Throws ConfigError.
  Gateway(CommandLine command, mcprouter::Config config, Log& log);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  /// Listens and serves; SIGTERM is sent to this process should serving end by itself. Returns whether it could; if
  /// not, the log says why.
  bool start();

  /// Reads the file again. A bad one changes nothing, and the log says why.
  void reload();

  /// Answers new requests 503, lets what is under way end, ends the sessions at the backends and stops listening.
  void drain(std::chrono::milliseconds deadline);

  /// Whether serving ended by itself.
  [[nodiscard]] bool failed() const { return failed_; }

 private:
  void say_what_waits_for_a_restart(const mcprouter::Config& changed);

  const CommandLine command_;
  mcprouter::Config config_;
  Log& log_;
  LogObserver observer_;
  const std::unique_ptr<Engine> engine_;
  mcprouter::MemorySessionStore store_;
  mcprouter::BackendSessionManager upstreams_;
  mcprouter::Router router_;
  std::atomic<bool> failed_ = false;
};

}  // namespace gateway
