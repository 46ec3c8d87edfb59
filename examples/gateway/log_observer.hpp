#pragma once

#include "log.hpp"
#include "mcprouter/observer.hpp"

namespace gateway {

/// Writes what happens to the log, one line an event.
class LogObserver final : public mcprouter::Observer {
 public:
  explicit LogObserver(Log& log) : log_(log) {}

  void session_opened(std::string_view protocol_version) override;
  void session_ended(SessionEnd why) override;
  void request_done(std::string_view method, std::string_view backend, std::string_view outcome,
                    std::chrono::microseconds took) override;
  void upstream_opened(std::string_view backend, std::string_view protocol_version) override;
  void upstream_lost(std::string_view backend) override;
  void upstream_ended(std::string_view backend, bool clean) override;
  void backend_failed(std::string_view backend, mcprouter::Reason reason, std::string_view detail) override;
  void list_incomplete(std::string_view method, std::string_view backend, std::string_view detail) override;

 private:
  Log& log_;
};

}  // namespace gateway
