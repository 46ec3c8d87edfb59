#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "protocol/error_translation.hpp"
#include "protocol/modern_result.hpp"
#include "protocol/modern_result_stream.hpp"
#include "router/reply.hpp"

namespace mcprouter::detail {

/// The answer to one request of a modern client: results with what every result has since 2026-07-28, errors with their
/// HTTP status, and those of the router itself in this era's codes. Errors of backends are translated before.
class ModernReply final : public Reply {
 public:
  /// `whole` and what `request` points to outlive it.
  ModernReply(HttpReply& whole, FailedRequest request, std::string server_info)
      : whole_(whole), request_(request), server_info_(std::move(server_info)) {}

  [[nodiscard]] bool takes_streams() const override { return whole_.takes_streams(); }
  void begin() override { whole_.begin(); }
  Task<void> notify(std::string_view message) override { co_await whole_.notify(message); }
  Task<void> answer(std::string response) override;
  [[nodiscard]] bool takes_parts() const override { return true; }
  Task<bool> answer_part(std::string part) override;
  void end_parts() override { whole_.end_parts(); }
  bool cut_off() override { return whole_.cut_off(); }
  void give_up() override { whole_.give_up(); }
  void allow_caching(const CacheHints& hints) override { hints_ = hints; }
  void watch_client(std::function<void()> gone) override { whole_.watch_client(std::move(gone)); }

 private:
  [[nodiscard]] std::optional<CacheHints> hints() const;

  HttpReply& whole_;
  const FailedRequest request_;
  const std::string server_info_;
  std::optional<CacheHints> hints_;
  // Of a result in parts.
  std::optional<CacheHints> hints_of_parts_;
  std::unique_ptr<ModernResultStream> parts_;
};

/// Says who the router is, as `serverInfo` of either era: an object as JSON text.
[[nodiscard]] std::string server_info_object(const ServerInfo& server_info);

}  // namespace mcprouter::detail
