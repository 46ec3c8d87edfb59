#include "log_observer.hpp"

#include <fmt/format.h>

namespace gateway {

void LogObserver::session_opened(std::string_view protocol_version) {
  log_.write(LogLevel::info, "session_opened", {{"protocol", protocol_version}});
}

void LogObserver::session_ended(SessionEnd why) {
  std::string_view text = "shutdown";
  if (why == SessionEnd::deleted) text = "deleted";
  if (why == SessionEnd::expired) text = "expired";
  log_.write(LogLevel::info, "session_ended", {{"why", text}});
}

void LogObserver::request_done(std::string_view method, std::string_view backend, std::string_view outcome,
                               std::chrono::microseconds took) {
  // What works is only of interest to who looks for something.
  const LogLevel level = outcome == "ok" ? LogLevel::debug : LogLevel::info;
  if (!log_.enabled(level)) return;
  const std::string milliseconds = fmt::format("{:.3f}", std::chrono::duration<double, std::milli>(took).count());
  log_.write(level, "request",
             {{"method", method}, {"backend", backend}, {"outcome", outcome}, {"took_ms", milliseconds}});
}

void LogObserver::upstream_opened(std::string_view backend, std::string_view protocol_version) {
  log_.write(LogLevel::info, "upstream_opened", {{"backend", backend}, {"protocol", protocol_version}});
}

void LogObserver::upstream_lost(std::string_view backend) {
  log_.write(LogLevel::warn, "upstream_lost", {{"backend", backend}});
}

void LogObserver::upstream_ended(std::string_view backend, bool clean) {
  log_.write(clean ? LogLevel::info : LogLevel::warn, "upstream_ended",
             {{"backend", backend}, {"clean", clean ? "yes" : "no"}});
}

void LogObserver::backend_failed(std::string_view backend, mcprouter::Reason reason, std::string_view detail) {
  log_.write(LogLevel::warn, "backend_failed",
             {{"backend", backend}, {"reason", mcprouter::info(reason).name}, {"detail", detail}});
}

void LogObserver::list_incomplete(std::string_view method, std::string_view backend, std::string_view detail) {
  log_.write(LogLevel::warn, "list_incomplete", {{"method", method}, {"backend", backend}, {"detail", detail}});
}

}  // namespace gateway
