#include "router/modern_reply.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "mcprouter/error.hpp"
#include "mcprouter/version.hpp"
#include "protocol/envelope.hpp"
#include "protocol/json_text.hpp"
#include "protocol/message.hpp"

namespace mcprouter::detail {
namespace {

/// CCH-01: whose complete results say how long they may be kept.
bool is_cacheable(std::string_view method) {
  constexpr std::array<std::string_view, 6> kMethods{"server/discover", "tools/list",     "prompts/list",
                                                     "resources/list",  "resources/read", "resources/templates/list"};
  return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

}  // namespace

Task<void> ModernReply::answer(std::string response) {
  const Envelope envelope = read_envelope(response);
  if (envelope.error.present()) {
    std::string error(envelope.error.value);
    if (error_code(error) == info(Reason::unknown_resource).code) {
      error = error_for_modern(error, request_);
    }
    const int code = error_code(error);
    const int status = modern_status(code);
    std::string text = error_message(envelope.id.value, error);
    if (status != 200 && !whole_.has_begun()) {
      whole_.respond({status, {{"Content-Type", "application/json"}}, std::move(text)});
      co_return;
    }
    co_await whole_.answer(std::move(text));
    co_return;
  }
  const std::string_view result = envelope.result.value;
  const ResultType type = result_type(result);
  std::string text = result_message(envelope.id.value, modern_result(result, server_info_, hints(), type));
  co_await whole_.answer(std::move(text));
}

Task<bool> ModernReply::answer_part(std::string part) {
  if (!parts_) {
    hints_of_parts_ = hints();
    parts_ = std::make_unique<ModernResultStream>(server_info_, hints_of_parts_);
  }
  std::string passed = parts_->pass(part);
  co_return co_await whole_.answer_part(std::move(passed));
}

std::optional<CacheHints> ModernReply::hints() const {
  return hints_ || !is_cacheable(request_.method) ? hints_ : std::optional(CacheHints{});
}

std::string server_info_object(const ServerInfo& server_info) {
  return fmt::format(R"({{"name":{},"version":{}}})", quoted(server_info.name),
                     quoted(server_info.version.empty() ? kVersion : std::string_view(server_info.version)));
}

}  // namespace mcprouter::detail
