#include "gateway.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <optional>
#include <utility>

#include "address.hpp"

namespace gateway {
namespace {

/// For the last bytes of answers on their way to slow clients.
constexpr std::chrono::seconds write_grace{1};

mcprouter::BackendSessionManager::Options upstream_options(const mcprouter::RouterOptions& options) {
  return {options.server_info, options.limits, options.timeouts};
}

mcprouter::Config with_listen(mcprouter::Config config, const CommandLine& command) {
  if (command.listen) {
    config.listen_host = command.listen->host;
    config.listen_port = command.listen->port;
  }
  return config;
}

}  // namespace

Gateway::Gateway(CommandLine command, mcprouter::Config config, Log& log)
    : command_(std::move(command)),
      config_(with_listen(std::move(config), command_)),
      log_(log),
      observer_(log),
      engine_(make_engine(command_.engine, command_.busy_poll)),
      store_(config_.sessions),
      upstreams_(engine_->client(), engine_->executor(), store_, upstream_options(config_.router), &observer_),
      router_({engine_->client(), engine_->executor(), store_, upstreams_, nullptr, &observer_}, config_.router,
              config_.backends) {}

Gateway::~Gateway() { engine_->stop(std::chrono::milliseconds(0)); }

bool Gateway::start() {
  const std::string& host = config_.listen_host;
  const std::uint16_t asked = config_.listen_port;
  const std::string why = why_not_listen(host, asked);
  std::optional<std::uint16_t> port;
  if (why.empty()) {
    port = engine_->serve(router_, {host, asked, config_.path, config_.router.limits.max_body}, [this] {
      log_.write(LogLevel::error, "server_failed");
      failed_ = true;
      ::kill(::getpid(), SIGTERM);
    });
  }
  if (!port) {
    log_.write(LogLevel::error, "cannot_listen",
               {{"address", authority(host, asked)},
                {"why", why.empty() ? "unknown" : why},
                {"hint", "choose another address with --listen HOST:PORT"}});
    return false;
  }
  if (!is_loopback(host) && config_.router.allowed_hosts.empty()) {
    log_.write(LogLevel::warn, "only_loopback_names",
               {{"why", "requests with another Host are refused until the configuration names it in router.hosts"}});
  }
  fmt::print("mcprouter-gateway {} listening on http://{}{}\n", mcprouter::kVersion, authority(host, *port),
             config_.path);
  std::fflush(stdout);
  return true;
}

void Gateway::reload() {
  try {
    mcprouter::Config changed = with_listen(mcprouter::load_config(command_.config_file), command_);
    router_.reload(changed.router, changed.backends);
    store_.set_limits(changed.sessions);
    say_what_waits_for_a_restart(changed);
    log_.write(LogLevel::info, "reloaded", {{"backends", std::to_string(changed.backends.size())}});
  } catch (const mcprouter::ConfigError& e) {
    log_.write(LogLevel::error, "reload_refused", {{"why", e.what()}, {"running", "the configuration of before"}});
  }
}

void Gateway::say_what_waits_for_a_restart(const mcprouter::Config& changed) {
  const mcprouter::RouterOptions& was = config_.router;
  const mcprouter::RouterOptions& is = changed.router;
  const auto say = [this](bool differs, std::string_view member) {
    if (differs) log_.write(LogLevel::warn, "restart_needed", {{"member", member}});
  };
  say(config_.listen_host != changed.listen_host || config_.listen_port != changed.listen_port, "$.router.listen");
  say(config_.path != changed.path, "$.router.path");
  say(was.limits.max_body != is.limits.max_body, "$.router.limits.maxBody");
  say(was.timeouts.handshake != is.timeouts.handshake, "$.router.timeouts.handshake");
  say(was.timeouts.teardown != is.timeouts.teardown, "$.router.timeouts.teardown");
}

void Gateway::drain(std::chrono::milliseconds deadline) {
  log_.write(LogLevel::info, "draining");
  const bool clean = router_.shutdown(deadline);
  engine_->stop(write_grace);
  log_.write(clean ? LogLevel::info : LogLevel::warn, "ended", {{"clean", clean ? "yes" : "no"}});
}

}  // namespace gateway
